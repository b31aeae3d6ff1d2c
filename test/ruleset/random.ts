import fc from 'fast-check'
import type { Interception } from '../../src/interception/interception'
import { wantedRules } from '../../src/render/render'
import { byChain, type Ruleset } from '../../src/ruleset/ruleset'
import { interceptions } from '../options'
import { rulesetOf, type Texts } from './texts'

export const wantedOf = (interception: Interception) => wantedRules(interception)

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

/** What can happen to a managed set: other hands, half-applied commands, a second apply by a tool that only appends. */
type Damage = (set: Texts, random: () => number) => void
const pick = <T>(list: T[], random: () => number) => list[Math.floor(random() * list.length)] as T
const hookedChains = (set: Texts) => [...set].filter(([chain, specs]) => !BUILT_IN.includes(chain) && specs.length > 0)
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
  'foreign rule in a managed chain': (set, random) => pick(hookedChains(set), random)[1].unshift('-j LOG'),
  'not hooked': (set) => set.set('PREROUTING', []),
  'no jump left in OUTPUT': (set) =>
    set.set(
      'OUTPUT',
      (set.get('OUTPUT') ?? []).filter((spec) => /owner/.test(spec)),
    ),
  'owner pair only': (set) => {
    set.set('PREROUTING', [])
    set.set('OUTPUT', (set.get('OUTPUT') ?? []).filter((spec) => /owner/.test(spec)).slice(0, 2))
  },
  doubled: (set) => {
    for (const chain of BUILT_IN) set.set(chain, [...(set.get(chain) ?? []), ...(set.get(chain) ?? [])])
  },
  'doubled rules in a managed chain': (set, random) => {
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

/** Live tables: an earlier managed set in any state, among foreign rules in every chain, between ours too. */
export const situationsOf = (sets: fc.Arbitrary<Interception>): fc.Arbitrary<Situation> =>
  fc
    .record({
      earlier: fc.option(sets, { freq: 8 }),
      second: fc.option(sets),
      damage: fc.constantFrom(...Object.keys(DAMAGES)),
      seeds: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 40, maxLength: 40 }),
      others: fc.array(fc.tuple(fc.constantFrom(...BUILT_IN), foreignSpecs), { maxLength: 12 }),
      front: fc.array(ambiguousSpecs, { maxLength: 2 }),
      back: fc.array(ambiguousSpecs, { maxLength: 2 }),
    })
    .map(({ earlier, second, damage, seeds, others, front, back }) => {
      let at = 0
      const random = () => seeds[at++ % seeds.length] as number
      const set: Texts = new Map()
      for (const one of [earlier, second]) {
        if (!one || (one === second && random() < 0.7)) continue
        const wanted = wantedOf(one)
        for (const chain of wanted.chains) set.set(chain, [])
        for (const [chain, rules] of byChain(wanted))
          set.set(chain, [...(set.get(chain) ?? []), ...rules.map(({ canonical }) => canonical)])
      }
      if (set.size > 0) DAMAGES[damage]?.(set, random)
      const live: Texts = new Map()
      const foreign: Texts = new Map()
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
      return { what: set.size > 0 ? damage : 'nothing of ours', live: rulesetOf(live), foreign: rulesetOf(foreign) }
    })

export const situations = situationsOf(interceptions)

/** What other hands do to single rules of a set: take one out, put in a copy, move one. */
const edit = fc.record({
  what: fc.constantFrom('delete', 'delete', 'duplicate', 'move'),
  chain: fc.nat(),
  from: fc.nat(),
  to: fc.nat(),
})

export interface Damaged {
  /** What the set was made from. */
  interception: Interception
  live: Ruleset
  /** The same table without anything of ours. */
  foreign: Ruleset
}

/** A managed set with rules of it deleted, doubled and moved within their chains, among foreign rules. */
export const damagedOf = (sets: fc.Arbitrary<Interception>): fc.Arbitrary<Damaged> =>
  fc
    .record({
      interception: sets,
      edits: fc.array(edit, { maxLength: 8 }),
      others: fc.array(fc.tuple(fc.constantFrom(...BUILT_IN), foreignSpecs), { maxLength: 8 }),
      seeds: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 40, maxLength: 40 }),
    })
    .map(({ interception, edits, others, seeds }) => {
      let at = 0
      const random = () => seeds[at++ % seeds.length] as number
      const wanted = wantedOf(interception)
      const set: Texts = new Map(wanted.chains.map((chain) => [chain, []]))
      for (const [chain, rules] of byChain(wanted))
        set.set(
          chain,
          rules.map(({ canonical }) => canonical),
        )
      for (const { what, chain, from, to } of edits) {
        const specs = [...set.values()][chain % set.size] ?? []
        const [spec] = specs.slice(from % (specs.length || 1))
        if (spec === undefined) continue
        if (what !== 'duplicate') specs.splice(from % specs.length, 1)
        if (what !== 'delete') specs.splice(to % (specs.length + 1), 0, spec)
      }
      const foreign: Texts = new Map(
        BUILT_IN.map((chain) => [chain, others.filter(([where]) => where === chain).map(([, spec]) => spec)]),
      )
      for (const [chain, specs] of USER_CHAINS) foreign.set(chain, specs)
      const live: Texts = new Map(
        [...foreign].map(([chain, specs]) => [chain, merge(set.get(chain) ?? [], specs, random)]),
      )
      for (const [chain, specs] of set) if (!live.has(chain)) live.set(chain, specs)
      return { interception, live: rulesetOf(live), foreign: rulesetOf(foreign) }
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
