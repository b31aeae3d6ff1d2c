import type { Match } from '../ruleset/rule'
import { printable } from '../system/text'
import type { Branch } from '../trace/tree'

/** What a group of rules matches, in words: `TCP to ports 80, 443`. */
export function phrase({ matches, ports }: Pick<Branch, 'matches' | 'ports'>): string {
  const protocol = matches.find(({ option }) => option === '-p')
  const name = protocol?.values[0]?.toUpperCase() ?? ''
  const what = protocol === undefined ? 'everything' : protocol.negated ? `all but ${name}` : name
  const to =
    ports === null ? [] : [`to port${/[,:]/.test(ports.join()) ? 's' : ''} ${ports.join(', ').replaceAll(':', '-')}`]
  const rest = ORDER.flatMap((option) => matches.filter((each) => each.option === option).map(describe))
  const others = matches.filter(({ option }) => option !== '-p' && !ORDER.includes(option)).map(describe)
  return printable([what, [...to, ...rest, ...others].join(', ')].join(' ').trimEnd())
}

/** In the order in which they are said. */
const PHRASES: Record<string, string> = {
  '--uid-owner': 'of uid',
  '--gid-owner': 'of gid',
  '-i': 'in by',
  '-o': 'out by',
  '-s': 'from',
  '--sport': 'from port',
  '-d': 'to',
}

const ORDER = Object.keys(PHRASES)

function describe({ match, option, values, negated }: Match): string {
  const not = negated ? 'not ' : ''
  const value = values.join(' ').replace(/\/(32|128)$/, '')
  if (option === '--dst-type' && value === 'LOCAL') return `${not}to an address of this machine`
  const words = Object.hasOwn(PHRASES, option) ? PHRASES[option] : undefined
  if (words) return `${not}${words} ${value}`
  return `with ${negated ? '! ' : ''}${option === '-m' ? `-m ${match}` : `${option} ${value}`}`.trimEnd()
}
