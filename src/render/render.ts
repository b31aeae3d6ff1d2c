import './each'
import chainsTemplate from '../../templates/chains.hbs'
import commentTemplate from '../../templates/comment.hbs'
import documentTemplate from '../../templates/document.hbs'
import documentedTemplate from '../../templates/documented.hbs'
import documentedCleanupTemplate from '../../templates/documented-cleanup.hbs'
import rulesTemplate from '../../templates/rules.hbs'
import type { Interception } from '../interception/interception'
import { OPTIONS } from '../interception/options'
import { flagOf } from '../options/input'
import type { Family } from '../ruleset/families'
import { parseRules } from '../ruleset/read-any'
import type { Rule } from '../ruleset/rule'
import { BUILT_IN, forFamily, type Wanted } from '../ruleset/ruleset'
import { declaration, type Transaction } from '../ruleset/transaction'

/** The rules that set an interception up, as data, in the documented order. */
export function wantedRules(interception: Interception): Wanted {
  const wanted = parseRules(chainsTemplate(interception) + renderLines(interception))
  return { ...wanted, inFront: interception.jumpFirst ? BUILT_IN : [] }
}

/** The rules in the order of the template, a line each. */
function renderLines(interception: Interception): string {
  return rulesTemplate(interception, { data: dataOf(interception) })
}

/** The lines that put the rules in: `-N CHAIN`, `-A CHAIN …` and `-I CHAIN …`. */
export function renderRules(wanted: Wanted): string[] {
  const { reset, add, insert } = declaration(wanted)
  const line =
    (verb: string) =>
    ({ only, chain, text }: Rule) =>
      `${only}${verb} ${chain} ${text}`
  return [...reset.map((chain) => `-N ${chain}`), ...add.map(line('-A')), ...insert.map(line('-I'))]
}

/** The document that `iptables-restore --noflush` reads. */
export function renderDocument(transaction: Transaction): string {
  return documentTemplate(transaction)
}

/** The document that puts an interception's rules into a table without managed rules. */
export function renderDeclaration(interception: Interception): string {
  return renderDocument(declaration(wantedRules(interception)))
}

/** The rules as the documentation lists them, one command a line, those of IPv6 behind those of IPv4. */
export function renderDocumented(interception: Interception): string {
  const wanted = wantedRules(interception)
  const lines = (family: Family) => (interception[family] ? renderRules(forFamily(wanted, family)) : [])
  return documentedTemplate({ ipv4: lines('ipv4'), ipv6: lines('ipv6') })
}

/** The clean-up listing of the documentation, as it stands there. */
export function renderDocumentedCleanup(): string {
  return documentedCleanupTemplate({})
}

/** What made a rule, where that is no option. */
const REASONS: Record<string, string> = { noSshExempt: 'SSH exemption' }

/**
 * What is the same in all lines of `rules.hbs` and `nft.hbs`, which they find as `@capture` and the like, whatever list they stand
 * in. Comments are rendered by the template given.
 */
export function dataOf({ inboundCapturePort, isolate, comments }: Interception, comment = commentTemplate): object {
  const by = (name: string) => (comments ? comment({ reason: REASONS[name] ?? flagOf(name) }) : '')
  return {
    /** The chain that inbound traffic is sent to. */
    capture: inboundCapturePort === null ? 'APISIX_REDIRECT' : 'APISIX_INBOUND_REDIRECT',
    /** The chain that outbound rules stand in. */
    outboundChain: isolate ? 'APISIX_OUTPUT' : 'OUTPUT',
    /** By the name of an option: the comment that names it, or nothing. */
    by: Object.fromEntries(OPTIONS.map((name) => [name, by(name)])),
  }
}
