import fc from 'fast-check'
import type { Interception, Selection } from '../../src/interception/interception'
import { renderRules } from '../../src/render/render'
import { canonical } from '../../src/ruleset/canonical'
import { parseRules } from '../../src/ruleset/parse'
import { byChain, type Ruleset } from '../../src/ruleset/ruleset'

const port = fc.integer({ min: 1, max: 65535 }).filter((each) => each !== 53)
const id = fc.oneof(fc.integer({ min: 0, max: 4294967294 }), fc.constantFrom(0, 20, 501, 1337))
const ports = fc.uniqueArray(port, { minLength: 1, maxLength: 4 })
const selection: fc.Arbitrary<Selection> = fc.oneof(
  ports.map((list) => ({ all: false, ports: list, exclude: [] })),
  fc.uniqueArray(port, { maxLength: 3 }).map((exclude) => ({ all: true, ports: [], exclude })),
)

/** Anything that the options can ask for. */
export const interceptions: fc.Arbitrary<Interception> = fc.record({
  proxyPort: port,
  inboundCapturePort: fc.option(port),
  owner: fc.record({ uid: id, gid: id }),
  inbound: fc.option(selection.chain((one) => fc.boolean().map((exemptSsh) => ({ ...one, exemptSsh })))),
  outbound: fc.option(selection),
})

export const wantedOf = (interception: Interception) => parseRules(renderRules(interception))

const BUILT_IN = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']

/** Rules of others, of Docker's and kube-proxy's kind, with odd comments that quote our names. */
const foreignSpecs = fc.constantFrom(
  '-m addrtype --dst-type LOCAL -j DOCKER',
  '! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER',
  '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  '-d 10.96.0.1/32 -p tcp -m comment --comment "default/kubernetes:https cluster IP" -m tcp --dport 443 -j KUBE-SVC',
  '-m comment --comment "-j APISIX_INBOUND" -j LOG',
  String.raw`-m comment --comment "it\'s \"APISIX_REDIRECT\" -g APISIX_OUTPUT" -j KUBE-SVC`,
  '-m comment --comment APISIX_REDIRECT -j RETURN',
  '-p tcp -m tcp --dport 9080 -j APISIX_REDIRECT_OLD',
  '-p tcp -m tcp --dport 53 -j DNAT --to-destination 10.0.0.10:53',
  '-m owner --uid-owner 501 -j RETURN',
  '-m owner ! --gid-owner 20 -j RETURN',
  '-o lo -m owner --uid-owner 501 -j RETURN',
  '-m mark --mark 0x4000/0x4000 -j RETURN',
)
/**
 * Others may write these too; they are told from ours by where they stand: in front of a set, or behind it. (That a rule is
 * equal to one of ours as well is a case by itself, in transaction.test.ts.)
 */
const ambiguousSpecs = fc.constantFrom(
  '-p tcp -m tcp --dport 53 -j RETURN',
  '-p tcp -m tcp --dport 8000:8010 -j RETURN',
  '-m owner --gid-owner 77 -j RETURN',
)
const USER_CHAINS: [string, string[]][] = [
  [
    'DOCKER',
    ['-i docker0 -j RETURN', '! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80'],
  ],
  ['KUBE-SERVICES', ['-j KUBE-SVC']],
  ['KUBE-SVC', ['-m statistic --mode random --probability 0.50000000000 -j RETURN', '-j MARK-APISIX_INBOUND']],
  ['MARK-APISIX_INBOUND', []],
  ['APISIX_REDIRECT_OLD', ['-p tcp -j REDIRECT --to-ports 9999']],
]

/** What can happen to a set of ours: other hands, half-applied commands, a second apply by a tool that only appends. */
type Damage = (set: Ruleset, random: () => number) => void
const pick = <T>(list: T[], random: () => number) => list[Math.floor(random() * list.length)] as T
const hookedChains = (set: Ruleset) =>
  [...set].filter(([chain, specs]) => !BUILT_IN.includes(chain) && specs.length > 0)
const DAMAGES: Record<string, Damage> = {
  none: () => {},
  'emptied chain': (set, random) => {
    const [chain] = pick(hookedChains(set), random)
    set.set(chain, [])
  },
  'lost rule': (set, random) => {
    const [, specs] = pick(hookedChains(set), random)
    specs.splice(Math.floor(random() * specs.length), 1)
  },
  'shuffled chain': (set, random) => pick(hookedChains(set), random)[1].reverse(),
  'foreign rule in a chain of ours': (set, random) => pick(hookedChains(set), random)[1].unshift('-j LOG'),
  'not hooked': (set) => set.set('PREROUTING', []),
  'no jump left in OUTPUT': (set) =>
    set.set(
      'OUTPUT',
      (set.get('OUTPUT') ?? []).filter((spec) => /owner/.test(spec)),
    ),
  'owner pair only': (set) => {
    set.set('PREROUTING', [])
    set.set('OUTPUT', (set.get('OUTPUT') ?? []).slice(0, 2))
  },
  doubled: (set) => {
    for (const chain of BUILT_IN) set.set(chain, [...(set.get(chain) ?? []), ...(set.get(chain) ?? [])])
  },
  'doubled rules in a chain of ours': (set, random) => {
    const [, specs] = pick(hookedChains(set), random)
    specs.push(...specs)
  },
  'stray hooks': (set, random) => {
    for (const chain of BUILT_IN)
      set.set(chain, [...(set.get(chain) ?? []), `-j ${pick(hookedChains(set), random)[0]}`])
    set.set('DOCKER', ['-p tcp -g APISIX_REDIRECT'])
  },
  'a chain that jumps back': (set) => set.set('APISIX_OUTPUT', ['-p tcp -j APISIX_REDIRECT']),
}

export interface Situation {
  what: string
  live: Ruleset
  /** The same table without anything of ours. */
  foreign: Ruleset
}

/** Live tables: an earlier set of ours in any state, among rules of others in every chain, between ours too. */
export const situations: fc.Arbitrary<Situation> = fc
  .record({
    earlier: fc.option(interceptions, { freq: 8 }),
    second: fc.option(interceptions),
    damage: fc.constantFrom(...Object.keys(DAMAGES)),
    seeds: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 40, maxLength: 40 }),
    others: fc.array(fc.tuple(fc.constantFrom(...BUILT_IN), foreignSpecs), { maxLength: 12 }),
    front: fc.array(ambiguousSpecs, { maxLength: 2 }),
    back: fc.array(ambiguousSpecs, { maxLength: 2 }),
  })
  .map(({ earlier, second, damage, seeds, others, front, back }) => {
    let at = 0
    const random = () => seeds[at++ % seeds.length] as number
    const set: Ruleset = new Map()
    for (const one of [earlier, second]) {
      if (!one || (one === second && random() < 0.7)) continue
      const wanted = wantedOf(one)
      for (const chain of wanted.chains) set.set(chain, [])
      for (const [chain, specs] of byChain(wanted)) set.set(chain, [...(set.get(chain) ?? []), ...specs.map(canonical)])
    }
    if (set.size > 0) DAMAGES[damage]?.(set, random)
    const live: Ruleset = new Map()
    const foreign: Ruleset = new Map()
    for (const chain of BUILT_IN) {
      const theirs = others.filter(([where]) => where === chain).map(([, spec]) => spec)
      const between = merge(set.get(chain) ?? [], theirs, random)
      const [before, after] = chain === 'OUTPUT' ? [front, back] : [[], []]
      live.set(chain, [...before, ...between, ...after])
      foreign.set(chain, [...before, ...theirs, ...after])
    }
    for (const [chain, specs] of USER_CHAINS) {
      live.set(chain, merge(set.get(chain) ?? [], specs, random))
      foreign.set(chain, specs)
    }
    for (const [chain, specs] of set) if (!live.has(chain)) live.set(chain, specs)
    return { what: set.size > 0 ? damage : 'nothing of ours', live, foreign }
  })

/** Both lists in their own order, mixed at random. */
function merge(one: string[], two: string[], random: () => number): string[] {
  const left = [...one]
  const right = [...two]
  const merged: string[] = []
  while (left.length + right.length > 0)
    merged.push((random() * (left.length + right.length) < left.length ? left.shift() : right.shift()) as string)
  return merged
}
