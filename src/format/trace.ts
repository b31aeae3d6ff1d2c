import { type Agreement, agreement, type Probed } from '../probe/probe'
import { printable } from '../system/text'
import type { Connection } from '../trace/connection'
import type { Step, Trace, Verdict } from '../trace/trace'
import type { Paint } from './paint'
import { wrap } from './wrap'

/** A trace for the terminal: each rule met, whether it matched and why, chain by chain, and the verdict in the last line. */
export function formatTrace(
  connection: Connection,
  { steps, verdict }: Trace,
  what: string,
  paint: Paint,
  probed?: Probed,
): string {
  const lines = [...wrap(`${describeConnection(connection)}, through ${what}`, 0)]
  const seen = new Set<string>()
  for (const [at, step] of steps.entries()) {
    const previous = steps[at - 1]
    const margin = '  '.repeat(step.depth)
    if (previous?.chain !== step.chain || previous.number >= step.number) {
      const place = `${step.depth} ${step.chain}`
      const isAgain = seen.has(place)
      seen.add(place)
      lines.push('', `${margin}${paint.bold(printable(step.chain))}${isAgain ? ', back again' : ''}`)
    }
    const counted = probed?.moved.find(({ chain, number }) => chain === step.chain && number === step.number)
    lines.push(...showStep(step, `${margin}  `, paint, counted && countedText(counted.packets)))
  }
  if (steps.length === 0) lines.push('', `${connection.way === 'in' ? 'PREROUTING' : 'OUTPUT'} has no rules`)
  if (probed) lines.push('', ...showProbe(probed, agreement(steps, probed)))
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

const countedText = (packets: number) =>
  packets === 1 ? 'the kernel counted 1 packet' : `the kernel counted ${packets} packets: other traffic too`

const SAME = 'the kernel matched the same rules'
const NOT_SAME = 'the kernel did not match the same rules, or other traffic came between: make it again'

/** What came of the real connection, and whether the kernel matched the rules that the trace did. */
function showProbe({ answer }: Probed, { wasAsked, agrees, others }: Agreement): string[] {
  const unknown = wasAsked ? 'the trace does not know which rules should match' : 'without a route no rule is asked'
  const said = agrees === undefined ? unknown : agrees ? SAME : NOT_SAME
  const rules = others.map(({ chain, spec, packets }) => `${packets} by ${printable(`-A ${chain} ${spec}`)}`)
  return [
    ...wrap(`Made for real: ${answer}; ${said}.`, 0),
    ...(rules.length > 0 ? ['Other traffic meanwhile, packets:', ...rules.map((rule) => `  ${rule}`)] : []),
  ]
}

function showStep({ number, spec, matched, why }: Step, margin: string, paint: Paint, counted = ''): string[] {
  const answer = matched === undefined ? '?  ' : matched ? 'yes' : 'no '
  const colour = matched === undefined ? paint.yellow : matched ? paint.green : paint.dim
  const head = `${margin}${String(number).padStart(2)} ${colour(answer)} `
  const indent = margin.length + Math.max(2, String(number).length) + 5
  const because = printable([why, counted].filter(Boolean).join('; '))
  const reasons = because === '' ? [] : wrap(because, indent).map((line) => paint.dim(line))
  return [head + printable(spec), ...reasons]
}

function sentence(verdict: Verdict): string {
  switch (verdict.verdict) {
    case 'intercepted':
      return `intercepted: the proxy gets it, on port ${verdict.port}`
    case 'loop':
      return `loop: it is the proxy's own connection, and comes back to it on port ${verdict.port}`
    case 'elsewhere':
      return `elsewhere: a foreign rule sends it to ${printable(verdict.to)}`
    case 'untouched':
      return 'untouched: it goes where it was sent'
    case 'unknown':
      return `unknown: ${printable(verdict.why)}`
  }
}
