import { failureIn } from '../diagnostics/tool-failures'
import { NOTHING_CHANGED, UserError } from '../diagnostics/user-error'
import { DuplicateChainError, type Packets, ParseError, parsePackets, parseSaved, savedReader } from '../ruleset/parse'
import type { Ruleset } from '../ruleset/ruleset'
import type { Ended, RunOptions } from '../system/run'
import { reasonOf } from '../system/text'
import { type Backend, canHold } from './backend'
import { failureOf, isFinal } from './failure'
import type { Namespace } from './namespace'

/** The live nat table of one backend in one network namespace. */
export interface Nat {
  backend: Backend
  /** Whether it can hold anything, as far as files tell: where it cannot, reading may register a table or load a module (facts 15). */
  mayHold(): Promise<boolean>
  /** Throws a UserError when the table cannot be read whole (facts 22), NoTable when the kernel has none. */
  read(): Promise<Ruleset>
  /** The same, and how many packets each rule has matched. */
  count(): Promise<{ ruleset: Ruleset; packets: Packets }>
  /**
   * Loads a document, whole or not at all.
   *
   * Gives the reason when it was rejected, perhaps because the table has changed. Throws a UserError for every failure that
   * trying again cannot mend.
   */
  write(document: string): Promise<UserError | undefined>
}

/** The kernel has no nat table for this backend, so that nothing can be in it. */
export class NoTable extends UserError {}

/** What became of the rules when a tool was ended that loads them. */
const OLD_OR_NEW = 'The rules are the complete old or the complete new set'

/** What a tool says that takes the seconds behind `-w` for a file, or knows no such option (facts 33). */
const NO_WAIT = /Can't open \d+|(?:invalid|unrecognized) option.*'?-?-?w/
const LOCKED = /holding the xtables lock/i

/** The first version of iptables-restore that waits for the lock (facts 33). */
export const WAITS_SINCE = [1, 6, 2]

/** Whether what `--version` printed names an earlier version; a version that is not named counts as one. */
export function isBefore(version: number[], printed: string): boolean {
  const found = /v(\d+)\.(\d+)(?:\.(\d+))?/
    .exec(printed)
    ?.slice(1)
    .map((part) => Number(part ?? 0)) ?? [0]
  const at = version.findIndex((part, at) => part !== (found[at] ?? 0))
  return at >= 0 && (found[at] ?? 0) < (version[at] as number)
}

export interface Limits {
  /** Seconds to wait for the xtables lock. */
  wait: number
  /** When to give up, in milliseconds as of `Date.now()`. */
  deadline: number
}

/** So often a table is read that shows a chain twice: see `DuplicateChainError`. */
const MAX_READS = 20

/** What makes something of what a tool printed, once. */
interface Reader<T> {
  options?: RunOptions
  parse(ended: Ended): T
}

/** Reads a table while it is printed. */
function whilePrinted(): Reader<Ruleset> {
  const { push, end } = savedReader()
  return {
    options: { reads: push },
    parse({ stdout }) {
      push(stdout)
      return end()
    },
  }
}

const withPackets = ({ stdout }: Ended) => ({ ruleset: parseSaved(stdout), packets: parsePackets(stdout) })

export function natOf(backend: Backend, namespace: Namespace, { wait, deadline }: Limits): Nat {
  const { run } = namespace
  const start = async (tool: string, args: string[], options: RunOptions = {}): Promise<Ended> => {
    try {
      return await run(tool, args, { ...options, timeout: Math.max(1, deadline - Date.now()) })
    } catch (error) {
      throw new UserError(`${tool} cannot be started: ${reasonOf(error)}`)
    }
  }
  const save = async <T>(args: string[], readerOf: () => Reader<T>, reads = 1): Promise<T> => {
    const { parse, options } = readerOf()
    const ended = await start(backend.save, args, options)
    if (ended.status !== 0) {
      const error = failureOf(backend.save, ended)
      const isLacking = failureIn(ended.stderr)?.lacksBackend
      throw isLacking ? new NoTable(error.diagnostic.problem, error.diagnostic) : error
    }
    try {
      return parse(ended)
    } catch (error) {
      if (!(error instanceof ParseError)) throw error
      if (error instanceof DuplicateChainError && reads < MAX_READS && Date.now() < deadline)
        return save(args, readerOf, reads + 1)
      throw new UserError(`${backend.save} shows no complete nat table`, {
        remedy: 'Look at `nft list ruleset`',
        detail: `${error.message}\n${ended.stderr}`,
      })
    }
  }
  let canWait = true
  const load = (input: string) =>
    start(backend.restore, ['--noflush', ...(canWait ? ['-w', String(wait)] : [])], { input })
  const isOld = async () => isBefore(WAITS_SINCE, (await start(backend.restore, ['--version'])).stdout)
  return {
    backend,
    mayHold: () => canHold(backend, namespace),
    read: () => save(['-t', 'nat'], whilePrinted),
    count: () => save(['-c', '-t', 'nat'], () => ({ parse: withPackets })),
    async write(document) {
      let ended = await load(document)
      if (canWait && NO_WAIT.test(ended.stderr) && (await isOld())) {
        canWait = false
        ended = await load(document)
      }
      const until = Date.now() + 1000 * wait
      // It cannot wait for the lock, so we do.
      while (!canWait && LOCKED.test(ended.stderr) && Date.now() < Math.min(until, deadline)) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        ended = await load(document)
      }
      if (ended.status === 0) return undefined
      // Who is ended from outside may have been done already.
      const state = ended.status === null ? OLD_OR_NEW : NOTHING_CHANGED
      const error = failureOf(backend.restore, ended, document).withState(state)
      if (isFinal(ended)) throw error
      return error
    },
  }
}

/** Reads the table; a UserError says whether something was written before. */
export async function readTable(nat: Nat, isWritten = false): Promise<Ruleset> {
  try {
    return await nat.read()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw error.withState(isWritten ? 'The rules were applied but could not be verified' : NOTHING_CHANGED)
  }
}
