import fc from 'fast-check'
import { Diagnostics } from '../src/diagnostics/diagnostics'
import { buildInterception } from '../src/interception/build'
import type { Interception } from '../src/interception/interception'
import { INTERCEPTION_OPTIONS, type InterceptionOption } from '../src/interception/options'
import { flagOf } from '../src/options/input'
import { parseOptions } from '../src/options/parse'
import { OPTIONS, type Option, type Row } from '../src/options/table'
import type { Family } from '../src/ruleset/families'
import { NO_ACCOUNTS } from './no-accounts'

/** Where items of lists are drawn from. */
export interface Pools {
  port: fc.Arbitrary<string>
  range: fc.Arbitrary<string>
  id: fc.Arbitrary<string>
  owners: fc.Arbitrary<string>
  network: (family: Family) => fc.Arbitrary<string>
  interface: fc.Arbitrary<string>
}

const port = fc.integer({ min: 1, max: 65535 }).filter((each) => each !== 53)
const id = fc.oneof(fc.integer({ min: 0, max: 4294967294 }), fc.constantFrom(0, 20, 501, 1337))

/** Anything that is valid. */
export const ANY: Pools = {
  port: port.map(String),
  range: fc.oneof(
    { weight: 3, arbitrary: port.map(String) },
    fc.tuple(port, fc.nat(50)).map(([first, more]) => `${first}-${Math.min(65535, first + more)}`),
  ),
  id: fc
    .tuple(fc.integer({ min: 0, max: 70000 }), fc.nat(3))
    .map(([first, more]) => (more ? `${first}-${first + more}` : `${first}`)),
  owners: fc
    .uniqueArray(fc.tuple(id, fc.oneof(id, id, fc.constant('none'))), { minLength: 1, maxLength: 2, selector: String })
    .map((owners) => owners.map(([uid, gid]) => `${uid}:${gid}`).join()),
  network: (family) =>
    fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.constantFrom(8, 16, 24, 32)).map(([a, b, bits]) => {
      if (family === 'ipv6') return `${(0x2000 + a).toString(16)}:${(b + 1).toString(16)}::${bits === 32 ? '9' : '/48'}`
      return `${[a, b, 7, 9].map((byte, at) => (at < bits / 8 ? byte : 0)).join('.')}/${bits}`
    }),
  interface: fc.constantFrom('lo', 'eth+', 'docker0', 'a-name_of.15chr'),
}

type Words = fc.Arbitrary<string[]>

/** The value of an option, in words as they stand behind its flag: none when it is not given. */
function drawValue(name: InterceptionOption, pools: Pools, family: Family): Words {
  const { kind, choices }: Option = OPTIONS[name]
  const list = (item: fc.Arbitrary<string>, maxLength = 2): Words =>
    fc.oneof(
      fc.constant<string[]>([]),
      fc.uniqueArray(item, { minLength: 1, maxLength }).map((items) => [items.join()]),
    )
  const perhaps = (item: fc.Arbitrary<string>): Words =>
    fc.oneof(
      fc.constant<string[]>([]),
      item.map((value) => [value]),
    )
  switch (kind) {
    case 'port':
      return perhaps(pools.port)
    case 'owners':
      return pools.owners.map((owners) => [owners])
    case 'ports':
      return name.includes('Exclude')
        ? list(pools.range, 3)
        : fc.oneof({ weight: 2, arbitrary: list(pools.range, 6) }, fc.constant<string[]>(['*']))
    case 'networks':
      return list(pools.network(family))
    case 'interfaces':
      return list(pools.interface.filter((each) => each !== 'lo' || name !== 'rerouteInterfaces'))
    case 'users':
    case 'groups':
      return list(pools.id)
    case 'user-ports':
      return perhaps(
        fc
          .tuple(pools.id, fc.uniqueArray(pools.range, { minLength: 1, maxLength: 3 }))
          .map(([user, ports]) => `${user}:${ports}`),
      )
    case 'boolean':
      return fc.boolean().map((isOn) => (isOn ? ['true'] : []))
    case 'choice':
      return name === 'ipFamily' ? fc.constant([family]) : perhaps(fc.constantFrom(...(choices as string[])))
    default:
      return fc.constant([])
  }
}

/** Options that say what is redirected, each given or not, with their values. */
function given(pools: Pools, family: Family): fc.Arbitrary<[InterceptionOption, string[]][]> {
  const each = INTERCEPTION_OPTIONS.map((name) =>
    drawValue(name, pools, family).map((values): [InterceptionOption, string[]] => [name, values]),
  )
  return fc.tuple(...each)
}

const wordsOf = (options: [InterceptionOption, string[]][]) =>
  options.flatMap(([name, values]) => values.map((value) => `${flagOf(name)}=${value}`))

/** The same as words of a command line. */
export const optionsFrom = (pools: Pools, family: Family): Words => given(pools, family).map(wordsOf)

/** The words from which a drawn interception was made. */
const WORDS = new WeakMap<Interception, string[]>()
export const optionsOf = (interception: Interception) => WORDS.get(interception) as string[]

const NO_FILES = () => {
  throw new Error('no files')
}

/** Anything that the options can ask for, of one of these families. */
export const interceptionsOf = (...families: Family[]): fc.Arbitrary<Interception> =>
  fc
    .constantFrom(...families)
    .chain((family) => given(ANY, family))
    .map((options) => {
      const values = new Map(options)
      const inputOf = (name: InterceptionOption) => ({ name: flagOf(name), values: values.get(name) ?? [] })
      const lookup = { accounts: NO_ACCOUNTS, readText: NO_FILES }
      const diagnostics = new Diagnostics()
      const parsed = parseOptions(INTERCEPTION_OPTIONS, inputOf, { command: 'iptables', lookup }, diagnostics)
      const interception = buildInterception(parsed, diagnostics)
      if (diagnostics.errors.length > 0) throw new Error(JSON.stringify(diagnostics.errors))
      WORDS.set(interception, wordsOf(options))
      return interception
    })

export const interceptions = interceptionsOf('ipv4', 'ipv6')

const PORTS = ['80', '443', '22', '80,443', '8000-8010', '8000:8010', '1-65535', '9080']
const CIDRS = ['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '::1', '10.0.0.0/8,192.0.2.0/24', '127.0.0.0/8']
const IDS = ['0', '1000', '1000-2000', '501', '4294967294', '7,8']
const ENDS = ['10.0.0.5:443', '[fd00::1]:80', '192.0.2.7:5555', ':80', '192.0.2.1']

/** Some valid values of each kind, for trying options one by one. */
export const VALID: Record<Row['kind'], string[]> = {
  boolean: ['true', 'false'],
  choice: [],
  duration: ['5', '5s', '2m'],
  endpoint: ENDS,
  file: [],
  groups: IDS,
  image: ['registry.example/iptables:1.8'],
  interface: ['eth0', 'lo'],
  interfaces: ['lo', 'eth+', 'docker0,a-name_of.15chr'],
  mode: ['REDIRECT'],
  names: ['nothing-intercepted', 'duplicate,host-bits'],
  networks: CIDRS,
  owners: ['501:20', '2102:none', '501:20,2102:', '0:0', '4294967294:4294967294', 'alex', 'nobody'],
  path: [],
  pid: [String(process.pid), '4294967'],
  port: ['9080', '1', '65535'],
  ports: PORTS,
  text: [],
  'user-ports': ['1000:80', '7:80,8000-8010', '1000-2000:443'],
  users: IDS,
}

/** Some valid values of an option. */
export function validValuesOf(name: keyof typeof OPTIONS): string[] {
  const { kind, choices = [] }: Option = OPTIONS[name]
  if (kind === 'choice') return [...new Set(Object.values(choices).flat())] as string[]
  if (kind === 'ports' && !name.includes('Exclude')) return [...PORTS, '*']
  return VALID[kind]
}
