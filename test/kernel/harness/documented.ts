import { readFileSync } from 'node:fs'
import type { Agent } from './agent'

/** The options that the documented set-up examples have in common. */
export const COMMON = ['--apisix-port', '9080', '--apisix-user', 'alex', '--root', 'fixtures/root']

const INBOUND = ['--inbound-ports', '80,443']
const OUTBOUND = ['--outbound-ports', '80']

/** The documented set-up examples: where the listing of one stands, and the options that it answers. */
export const examples = {
  'example 1': { file: '1-redirect', options: COMMON },
  'example 2': { file: '2-inbound', options: [...COMMON, ...INBOUND] },
  'example 3': { file: '3-outbound', options: [...COMMON, ...OUTBOUND] },
  'example 4': { file: '4-both', options: [...COMMON, ...INBOUND, ...OUTBOUND] },
}

const listing = (file: string) => readFileSync(`fixtures/documented/${file}.txt`, 'utf8')

function listingOf(options: string[]) {
  const example = Object.values(examples).find((one) => one.options.join() === options.join())
  if (!example) throw new Error(`no documented example answers ${options.join(' ')}`)
  return listing(example.file)
}

/**
 * The documented commands, run one by one: what the documentation means, and what we are compared with.
 *
 * Its clean-up goes on after a command that fails, as half of them do.
 */
export const documented: Agent = {
  name: 'documented commands',
  apply: (at, options, how) => at.run(['sh', '-ec', listingOf(options)], how),
  clean: (at, _options, how) => at.run(['sh', '-c', listing('5-cleanup')], how),
}
