import { UserError } from '../diagnostics/user-error'
import type { Family } from '../interception/families'
import { foreignRulesTrack, hasManagedChains } from '../ruleset/ownership'
import type { Ruleset } from '../ruleset/ruleset'
import { type Run, until } from '../system/run'
import { type Backend, type BackendName, backendAt, backendNamed, backendOnPath, otherBackend } from './backend'
import { type Namespace, namespaceAt } from './namespace'
import { type Limits, type Nat, NoTable, natOf, readTable } from './nat'

/** How the live tables are reached. */
export interface Access extends Limits {
  backend: BackendName | 'auto'
  /** The path of the tool to use; undefined for the backend's. */
  restore: string | undefined
  /** The path of the network namespace; undefined for our own. */
  netns: string | undefined
  /** Where tools are looked for, besides /usr/sbin and /sbin. */
  path: string | undefined
}

/** The table of the chosen backend, and that of the other one if it can hold anything. */
export interface Tables {
  main: Nat
  other: Nat | undefined
  /** The main table as it was read already. */
  first?: Ruleset
}

/** Finds the tables of a family without touching them. Throws a UserError when tools or the namespace are missing. */
export async function openTables(access: Access, family: Family, run: Run): Promise<Tables> {
  const namespace = namespaceAt(access.netns, until(access.deadline, run))
  const main = await chosen(access, family, namespace)
  const isGiven = access.backend !== 'auto' || access.restore !== undefined
  const other = isGiven ? undefined : await otherBackend(main, access.path, namespace)
  return { main: natOf(main, namespace, access), other: other && emptyIfNone(natOf(other, namespace, access)) }
}

/** The backend that nobody asked for may well be unknown to the kernel. */
function emptyIfNone(nat: Nat): Nat {
  const read = () =>
    nat.read().catch((error): Ruleset => {
      if (error instanceof NoTable) return new Map()
      throw error
    })
  return { ...nat, read }
}

/** What is to be said of the other backend's table. */
export interface OtherBackend {
  problem: string
  remedy?: string
}

/** Where the managed rules are, or go. */
export interface Found {
  nat: Nat
  /** The table as it was read on the way. */
  live: Ruleset
  /** What is to be said of the other backend's table. */
  warning?: OtherBackend
  /** Whether both backends have managed rules. */
  isInBoth?: boolean
  /** Whether the other backend holds foreign rules that may take traffic first. */
  foreignIn?: boolean
}

/** The table that has managed rules already, else that of the chosen backend. */
export async function tableForRules({ main, other, first }: Tables): Promise<Found> {
  const live = first ?? (await readTable(main))
  if (!other) return { nat: main, live }
  try {
    const foreign = await other.read()
    if (!hasManagedChains(foreign) && foreignRulesTrack(foreign))
      return {
        nat: main,
        live,
        warning: { problem: `foreign rules of ${other.backend.name} may take traffic before the managed ones` },
        foreignIn: true,
      }
    if (!hasManagedChains(foreign)) return { nat: main, live }
    if (!hasManagedChains(live)) return { nat: other, live: foreign }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return {
      nat: main,
      live,
      warning: { problem: `${other.backend.name} may have managed rules too: ${error.message}` },
    }
  }
  const warning = {
    problem: `${other.backend.name} has managed rules too`,
    remedy: `Remove them with \`apisix-mesh-agent cleanup-iptables --backend ${other.backend.name}\``,
  }
  return { nat: main, live, warning, isInBoth: true }
}

function chosen({ backend, restore, path }: Access, family: Family, namespace: Namespace): Promise<Backend> | Backend {
  if (restore !== undefined) return backendAt(restore, family, namespace)
  return backend === 'auto' ? backendOnPath(path, family, namespace) : backendNamed(backend, family, path)
}
