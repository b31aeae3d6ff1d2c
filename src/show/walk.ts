import { printable } from '../interception/report'
import type { Connection } from '../walk/connection'
import type { Step, Verdict, Walk } from '../walk/walk'
import type { Paint } from './paint'
import { wrap } from './wrap'

/** A walk for the terminal: each rule met, whether it matched and why, chain by chain, and the verdict in the last line. */
export function showWalk(connection: Connection, { steps, verdict }: Walk, what: string, paint: Paint): string {
  const lines = [...wrap(`${describeConnection(connection)}, through ${what}`, 0)]
  for (const [at, step] of steps.entries()) {
    const previous = steps[at - 1]
    const margin = '  '.repeat(step.depth)
    if (previous?.chain !== step.chain || previous.number >= step.number) {
      const isAgain = steps.slice(0, at).some(({ chain, depth }) => chain === step.chain && depth === step.depth)
      lines.push('', `${margin}${paint.bold(step.chain)}${isAgain ? ', back again' : ''}`)
    }
    lines.push(...showStep(step, `${margin}  `, paint))
  }
  if (steps.length === 0) lines.push('', `${connection.way === 'in' ? 'PREROUTING' : 'OUTPUT'} has no rules`)
  return `${[...lines, '', ...wrap(sentence(verdict), 0).map((line) => paint.bold(line))].join('\n')}\n`
}

/** `TCP to 10.0.0.5:443, uid 1000, gid 1000` */
export function describeConnection({ way, to, from, interface: name, uid, gid }: Connection): string {
  const end = ({ address = '', port }: { address?: string | undefined; port?: number | undefined }) =>
    `${address.includes(':') ? `[${address}]` : address}${port === undefined ? '' : `:${port}`}`
  const details = [
    `TCP ${from ? `from ${end(from)} ` : ''}to ${end(to)}`,
    name === undefined ? '' : `${way === 'in' ? 'in' : 'out'} by ${name}`,
    uid === undefined ? '' : `uid ${uid}`,
    gid === undefined ? '' : `gid ${gid}`,
  ]
  return details.filter(Boolean).join(', ')
}

function showStep({ number, spec, matched, why }: Step, margin: string, paint: Paint): string[] {
  const answer = matched === undefined ? '?  ' : matched ? 'yes' : 'no '
  const colour = matched === undefined ? paint.yellow : matched ? paint.green : paint.dim
  const head = `${margin}${String(number).padStart(2)} ${colour(answer)} `
  const indent = margin.length + Math.max(2, String(number).length) + 5
  const [first = '', ...more] = wrap(printable(spec), indent)
  const reasons = why === '' ? [] : wrap(why, indent).map((line) => paint.dim(line))
  return [head + first.slice(indent), ...more, ...reasons]
}

function sentence(verdict: Verdict): string {
  switch (verdict.verdict) {
    case 'intercepted':
      return `intercepted: the proxy gets it, on port ${verdict.port}`
    case 'loop':
      return `loop: it is the proxy's own connection, and comes back to it on port ${verdict.port}`
    case 'elsewhere':
      return `elsewhere: a rule of others sends it to ${verdict.to}`
    case 'untouched':
      return 'untouched: it goes where it was sent'
    case 'cannot-tell':
      return `cannot tell: ${printable(verdict.why)}`
  }
}
