import type { Diagnostic } from '../diagnostics/diagnostic'
import { UserError } from '../diagnostics/user-error'
import type { Interception } from '../interception/interception'
import { wantedRules } from '../render/render'
import { FAMILY_NAMES, type Family } from '../ruleset/families'
import { hasManagedChains } from '../ruleset/ownership'
import { forFamily } from '../ruleset/ruleset'
import { isEmpty, transaction } from '../ruleset/transaction'
import type { Run } from '../system/run'
import { ipv6Addresses } from './ipv6'
import type { Namespace } from './namespace'
import type { Nat } from './nat'
import { type Access, openTables, possibleTables } from './tables'

/**
 * The warning that the family that is not meant has managed rules that these options would not give; undefined when it has none,
 * cannot be read, or has no traffic.
 */
export async function otherFamilyWarning(
  interception: Interception,
  access: Access,
  { run, namespace }: { run: Run; namespace: Namespace },
): Promise<Diagnostic | undefined> {
  if (interception.ipv4 && interception.ipv6) return undefined
  const family: Family = interception.ipv4 ? 'ipv6' : 'ipv4'
  const meant = { ...interception, ipv4: null, ipv6: null, [family]: { only: '' } }
  try {
    for (const nat of await possibleTables(await openTables(access, family, run))) {
      if (!(await hasTraffic(nat, namespace))) continue
      const live = await nat.read()
      if (hasManagedChains(live) && !isEmpty(transaction(live, forFamily(wantedRules(meant), family))))
        return warningOf(family)
    }
    return undefined
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** By files: reading a legacy table would register it, and nft's is always there (facts 15). */
async function hasTraffic({ backend, mayHold }: Nat, namespace: Namespace): Promise<boolean> {
  if (!(await mayHold())) return false
  return backend.name === 'legacy' || backend.family === 'ipv4' || (await ipv6Addresses(namespace)).any
}

const warningOf = (family: Family): Diagnostic => ({
  severity: 'warning',
  code: 'other-family',
  problem: `${FAMILY_NAMES[family]} has managed rules of other options`,
  remedy: `Use --ip-family dual to set both families up alike, or remove those rules with \`apisix-mesh-agent cleanup-iptables --ip-family ${family}\``,
})
