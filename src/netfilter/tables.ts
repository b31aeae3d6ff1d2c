import { NOTHING_CHANGED, UserError } from '../diagnostics/user-error'
import type { Family } from '../ruleset/families'
import { foreignRulesTrack, hasManagedChains } from '../ruleset/ownership'
import type { Ruleset } from '../ruleset/ruleset'
import { type Run, until } from '../system/run'
import { type BackendName, backendAt, backendNamed, backendsOnPath, type Choice } from './backend'
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

/** The table of the backend that was named, by an option or else by PATH, and that of the other one. */
export interface Tables {
  main: Nat
  /** Undefined when an option named the backend, or the tools of the other one are not there. */
  other: Nat | undefined
  /** Why `main` is not the one that PATH names. */
  because?: string
}

/** Finds the tables of a family without touching them. Throws a UserError when tools or the namespace are missing. */
export async function openTables(access: Access, family: Family, run: Run): Promise<Tables> {
  const namespace = namespaceAt(access.netns, until(access.deadline, run))
  const { main, other, ...why } = await choiceOf(access, family, namespace)
  return { main: natOf(main, namespace, access), other: other && natOf(other, namespace, access), ...why }
}

async function choiceOf({ backend, restore, path }: Access, family: Family, namespace: Namespace): Promise<Choice> {
  if (restore !== undefined) return { main: await backendAt(restore, family, namespace), other: undefined }
  if (backend !== 'auto') return { main: backendNamed(backend, family, path), other: undefined }
  return backendsOnPath(path, family, namespace)
}

/** The tables that may have managed rules, `main` last. Where there are two, one that the kernel does not have reads as an empty one. */
export async function possibleTables({ main, other }: Tables): Promise<Nat[]> {
  if (!other) return [main]
  return ((await other.mayHold()) ? [other, main] : [main]).map(emptyIfNone)
}

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
  /** The other backend's table, as far as it was read. */
  beside?: Ruleset
  /** Why it is not the backend that PATH names; undefined when it is, or when an option named it. */
  because?: string
  /** What is to be said of the other backend's table. */
  warning?: OtherBackend
  /** Whether both backends have managed rules. */
  isInBoth?: boolean
  /** Whether the other backend holds foreign rules that may take traffic first. */
  foreignIn?: boolean
}

/**
 * The table that has managed rules, else the one that PATH names, else the other one if the kernel lacks that backend.
 *
 * Reads first what can be read without a trace. Throws a UserError when neither can be read.
 */
export async function tableForRules({ main, other, because }: Tables): Promise<Found> {
  const why = because === undefined ? {} : { because }
  if (!other) return { nat: main, live: await readTable(main), ...why }
  const mine = (await main.mayHold()) ? await tryToRead(main) : undefined
  if (mine instanceof UserError && !(mine instanceof NoTable)) throw mine
  const theirs = (await other.mayHold()) ? await tryToRead(other) : undefined
  if (isManaged(theirs) && !isManaged(mine))
    return { nat: other, live: theirs, because: 'it has the managed rules', ...(isRead(mine) && { beside: mine }) }

  // From here on it is the table to be used, so that reading may register it.
  const live = mine ?? (await tryToRead(main))
  if (isRead(live)) return { nat: main, live, ...why, ...besides(theirs, other) }
  if (!(live instanceof NoTable)) throw live
  const last = theirs ?? (await tryToRead(other))
  if (isRead(last)) return { nat: other, live: last, because: live.diagnostic.problem }
  throw last instanceof NoTable ? neither(live, last) : last
}

type Read = Ruleset | UserError | undefined

const isRead = (read: Read): read is Ruleset => read !== undefined && !(read instanceof UserError)
const isManaged = (read: Read): read is Ruleset => isRead(read) && hasManagedChains(read)

async function tryToRead(nat: Nat): Promise<Ruleset | UserError> {
  try {
    return await readTable(nat)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

/** What the other backend's table means to the rules in this one. */
function besides(theirs: Read, { backend: { name } }: Nat): Partial<Found> {
  if (theirs === undefined || theirs instanceof NoTable) return {}
  if (theirs instanceof UserError)
    return { warning: { problem: `${name} may have managed rules too: ${theirs.message}` } }
  if (hasManagedChains(theirs))
    return {
      beside: theirs,
      isInBoth: true,
      warning: {
        problem: `${name} has managed rules too`,
        remedy: `Remove them with \`apisix-mesh-agent cleanup-iptables --backend ${name}\``,
      },
    }
  if (!foreignRulesTrack(theirs)) return { beside: theirs }
  const problem = `foreign rules of ${name} may take traffic before the managed ones`
  return { beside: theirs, foreignIn: true, warning: { problem } }
}

function neither({ diagnostic: main }: UserError, { diagnostic: other }: UserError): UserError {
  const detail = [main.detail, other.detail].filter(Boolean).join('')
  return new NoTable(`no backend can be used: ${main.problem}, and ${other.problem}`, {
    remedy: 'Load nf_tables, or iptable_nat (for IPv6 ip6table_nat)',
    detail,
    state: NOTHING_CHANGED,
  })
}
