import type { Rule } from '../../../src/ruleset/rule'
import type { Ruleset } from '../../../src/ruleset/ruleset'
import { interceptionsOf } from '../../options'
import { damagedOf, type Situation, situationsOf } from '../../ruleset/random'
import { succeeded } from './exec'
import type { Namespace } from './namespace'

/** What the kernel takes in no rule of a built-in chain: matches that it lacks there, and jumps that end in DNAT. */
const REFUSED: Record<string, RegExp[]> = {
  PREROUTING: [/(^| )-o /, / --[ug]id-owner /, /-[jg] APISIX_OUTPUT$/],
  INPUT: [/(^| )-o /, / --[ug]id-owner /, / -j DNAT /, /-[jg] (DOCKER|APISIX_\w+)$/],
  POSTROUTING: [/ -j DNAT /, /-[jg] (DOCKER|APISIX_\w+)$/],
}

/** Random live tables, less the rules that no kernel takes where they stand. */
export const loadable = situationsOf(interceptionsOf('ipv4')).map(
  ({ what, live, foreign }): Situation => ({
    what,
    live: withoutRefused(live),
    foreign: withoutRefused(foreign),
  }),
)

/** Random damaged sets, less the rules that no kernel takes where they stand. */
export const damaged = damagedOf(interceptionsOf('ipv4')).map(({ interception, live, foreign }) => ({
  interception,
  live: withoutRefused(live),
  foreign: withoutRefused(foreign),
}))

function withoutRefused(ruleset: Ruleset): Ruleset {
  const isRefused = ({ chain, text }: Rule) => REFUSED[chain]?.some((form) => form.test(text))
  return new Map([...ruleset].map(([chain, rules]) => [chain, rules.filter((rule) => !isRefused(rule))]))
}

/** Makes a ruleset the whole nat table, whatever was there. */
export async function loadWhole(at: Namespace, ruleset: Ruleset): Promise<void> {
  const policy = (chain: string) => (/^(PREROUTING|INPUT|OUTPUT|POSTROUTING)$/.test(chain) ? 'ACCEPT' : '-')
  const chains = [...ruleset.keys()].map((chain) => `:${chain} ${policy(chain)} [0:0]\n`)
  const rules = [...ruleset.values()].flat().map(({ line }) => `${line}\n`)
  await succeeded(at.run(['iptables-restore'], { input: `*nat\n${[...chains, ...rules].join('')}COMMIT\n` }))
}
