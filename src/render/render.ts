import documentTemplate from '../../templates/document.hbs'
import documentedTemplate from '../../templates/documented.hbs'
import documentedCleanupTemplate from '../../templates/documented-cleanup.hbs'
import rulesTemplate from '../../templates/rules.hbs'
import type { Interception } from '../interception/interception'
import { parseRules } from '../ruleset/parse'
import type { Rule, Wanted } from '../ruleset/ruleset'
import type { Transaction } from '../ruleset/transaction'

/** The lines that set an interception up, in the documented order: `-N CHAIN` and `-A CHAIN …`. */
export function renderRules(interception: Interception): string[] {
  return rulesTemplate(interception).trimEnd().split('\n')
}

/** The rules that set an interception up, as data. */
export function wantedRules(interception: Interception): Wanted {
  return parseRules(renderRules(interception))
}

/** The document that `iptables-restore --noflush` reads. */
export function renderDocument({ create, reset, remove, add, drop }: Transaction): string {
  return documentTemplate({ create, reset, remove: remove.map(text), add: add.map(text), drop })
}

/** Rule lines as the documentation lists them, one command a line. */
export function renderDocumented(lines: string[]): string {
  return documentedTemplate({ lines })
}

/** The clean-up listing of the documentation, as it stands there. */
export function renderDocumentedCleanup(): string {
  return documentedCleanupTemplate({})
}

const text = ({ chain, spec }: Rule) => `${chain} ${spec}`
