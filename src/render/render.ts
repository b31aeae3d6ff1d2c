import './each'
import chainsTemplate from '../../templates/chains.hbs'
import documentTemplate from '../../templates/document.hbs'
import documentedTemplate from '../../templates/documented.hbs'
import documentedCleanupTemplate from '../../templates/documented-cleanup.hbs'
import rulesTemplate from '../../templates/rules.hbs'
import type { Family } from '../interception/families'
import type { Interception } from '../interception/interception'
import { parseRules } from '../ruleset/rule-lines'
import { BUILT_IN, forFamily, type Rule, type Wanted } from '../ruleset/ruleset'
import { declaration, type Transaction } from '../ruleset/transaction'
import { dataOf } from './data'

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
    ({ only, chain, spec }: Rule) =>
      `${only}${verb} ${chain} ${spec}`
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
