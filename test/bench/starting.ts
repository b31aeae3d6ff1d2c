import { compare } from './measure'
import { EXAMPLE_4, type Figure, NODE, type Setting } from './setting'

const TWO = ['iptables', '--apisix-user', '501:20', '--dry-run', '--inbound-ports', '80,443']

/** What it costs to start, and to print many rules. */
export function starting({ program, size, pairs, written }: Setting): Figure[] {
  const ports = Array.from({ length: size(10_000) }, (_, at) => at + 1)
  const list = written('ports', ports.join('\n'))
  const many = [...TWO.slice(0, -1), `@${list}`]
  const title = `\`--dry-run\` with ${ports.length.toLocaleString('en')} ports ÷ with two`
  return [
    {
      what: '`iptables --dry-run`, example 4 ÷ `node -e 0`',
      unit: 'ms',
      bound: 1.75,
      ...compare({ steps: [program('iptables', ...EXAMPLE_4, '--dry-run')] }, { steps: [NODE] }, pairs),
    },
    {
      what: title,
      unit: 'ms',
      bound: 2,
      ...compare({ steps: [program(...many)] }, { steps: [program(...TWO)] }, pairs),
    },
  ]
}
