import scriptTemplate from '../../templates/script.hbs'
import compareTemplate from '../../templates/script-compare.hbs'
import { FAILURES, NO_REASON, remedyOf } from '../diagnostics/tool-failures'
import type { Families } from '../ruleset/families'
import { MANAGED_CHAINS, RETURN_FORMS, TRANSLATING_TARGETS } from '../ruleset/ownership'
import { BUILT_IN, type Wanted } from '../ruleset/ruleset'
import { declaration } from '../ruleset/transaction'
import { renderDocument } from './render'
import { SCRIPT_DEFAULTS, type ScriptDefaults } from './script-defaults'
import { commonParts, type ScriptMade } from './script-parts'
import { quoted } from './shell'

/**
 * A self-contained POSIX shell script that applies the wanted rules, removes them again or checks them as the program does, with `iptables-save`, `iptables-restore` and awk alone; with their sisters of IPv6 when that is meant.
 *
 * It holds neither `$$` nor `$(NAME)`, which Kubernetes would expand in an argument. The same input gives the same bytes.
 *
 * @param wanted of both families, when both are meant: their lines are told apart in the shell
 * @param byDefault what it does without an argument
 * @param defaults what its environment may change
 */
export function renderScript(
  wanted: Wanted,
  { ipv4, ipv6 }: Families,
  made: ScriptMade,
  byDefault: 'apply' | 'clean',
  defaults: ScriptDefaults = SCRIPT_DEFAULTS,
): string {
  const dual = ipv4 !== null && ipv6 !== null
  return scriptTemplate({
    ipv4: ipv4 !== null,
    ipv6: ipv6 !== null,
    dual,
    ...defaults,
    ...commonParts(made, defaults.allowNode),
    auto: defaults.tools === SCRIPT_DEFAULTS.tools,
    managed: MANAGED_CHAINS.map((chain) => `*"$nl:${chain} "*`).join(' | '),
    wanted: quoted(renderDocument(declaration(wanted))),
    shown: quoted(shown(wanted)),
    applies: byDefault === 'apply',
    cleans: byDefault === 'clean',
    compare: compareTemplate({
      managedChains: MANAGED_CHAINS.join(' '),
      forms: Object.entries(RETURN_FORMS).map(([name, pattern]) => ({ name, pattern })),
      translating: TRANSLATING_TARGETS.join('|'),
      dual,
    }).trimEnd(),
    failures: FAILURES.filter(({ isOurs }) => !isOurs).map((failure) => ({
      words: failure.words.map(shellPattern).join(' | '),
      problem: inDoubleQuotes(failure.problem),
      remedy: inDoubleQuotes(remedyOf(failure, OPTIONS_THERE)),
      lacksBackend: failure.lacksBackend,
    })),
    noReason: inDoubleQuotes(NO_REASON),
  })
}

/** The wanted rules as `iptables-save` prints them: user chains in the order of their names, rules chain by chain. */
function shown(wanted: Wanted): string {
  const chains = wanted.chains.toSorted()
  const rules = (chain: string) => wanted.rules.filter((rule) => rule.chain === chain)
  return [
    '*nat',
    ...chains.map((chain) => `:${chain} - [0:0]`),
    ...[...BUILT_IN, ...chains].flatMap((chain) =>
      rules(chain).map(({ canonical, only }) => `${only}-A ${chain} ${canonical}`),
    ),
    'COMMIT\n',
  ].join('\n')
}

/** How the script's environment says what options say here. */
const OPTIONS_THERE = { '{wait}': 'WAIT=30', '{backend}': 'IPTABLES=iptables-' }

/** Words as a pattern of `case`: they stand anywhere. */
const shellPattern = (words: string) => `*${words.split('*').filter(Boolean).map(inDoubleQuotes).join('*')}*`

/** A text as one word of the shell, in double quotes. */
const inDoubleQuotes = (text: string) => `"${text.replace(/[\\"$`]/g, '\\$&')}"`
