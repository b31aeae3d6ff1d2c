import { paintFor } from '../../src/format/paint'
import { argvOf } from '../kernel/harness/agent'
import type { Namespace } from '../kernel/harness/namespace'

const { stdout } = process
const { FORCE_COLOR, NO_COLOR } = process.env
const paint = paintFor({ colorDepth: (stdout.isTTY || FORCE_COLOR) && !NO_COLOR ? 4 : 1 })

/** Something that the demo has to show, and that did not happen. */
export class Unexpected extends Error {}

export const expect = (holds: boolean, what: string) => {
  if (!holds) throw new Unexpected(what)
}

export const title = (text: string) => stdout.write(`\n${paint.bold(paint.cyan(text))}\n`)
export const say = (text: string) => stdout.write(`${text}\n`)

/** Says how something stands, in place of what was said before on a terminal; in a pipe the last alone is said. */
export function counter() {
  let last = ''
  return {
    show(text: string) {
      last = text
      if (stdout.isTTY) stdout.write(`\r${text}`)
    },
    end: () => stdout.write(stdout.isTTY ? '\n' : `${last}\n`),
  }
}

/** Types a command as root: shows it, and what it prints. `apisix-mesh-agent` is the built program. */
export async function type(at: Namespace, line: string, status = 0): Promise<string> {
  say(`${paint.dim('#')} ${paint.bold(line)}`)
  const [program = '', ...options] = line.split(' ')
  const argv = program === 'apisix-mesh-agent' ? argvOf(options[0] ?? '', options.slice(1)) : [program, ...options]
  const ended = await at.run(argv)
  const printed = `${ended.stdout}${ended.stderr}`
  stdout.write(
    printed.replace(/^([-+]) ?(-[AN] .*)$/gm, (whole, sign) => (sign === '-' ? paint.red : paint.green)(whole)),
  )
  expect(ended.status === status, `\`${line}\` ended with ${ended.status}, not with ${status}`)
  return printed
}

export const good = (text: string) => paint.green(text)
