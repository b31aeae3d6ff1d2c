import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { quote, type Report } from '../interception/report'
import { choice, flag, single } from '../interception/values'
import { renderDocument } from '../render/render'
import { lookAlikes } from '../ruleset/ours'
import { parseSaved } from '../ruleset/parse'
import type { Ruleset, Wanted } from '../ruleset/ruleset'
import { isEmpty, NOTHING, transaction } from '../ruleset/transaction'
import { unwritable, writeWhole } from '../system/file'
import { Refusal } from '../system/refusal'
import { toggle, value } from './options'
import { SetupCommand } from './setup-command'

const FORMATS = ['restore', 'documented'] as const

/** Where a command's result goes: printed, into a file, or into force; and the saved table that stands for the live one. */
export type Sink = { format: (typeof FORMATS)[number]; from: string | undefined } & (
  | { kind: 'stdout' | 'live' }
  | { kind: 'file'; path: string }
)

/** The options that say where the result goes when it does not go into force. */
export abstract class OutputCommand extends SetupCommand {
  dryRun = toggle('--dry-run', 'print the document to stdout and change nothing')
  output = value('-o,--output', 'write the document to a file and change nothing')
  format = value('--format', 'restore: for iptables-restore; documented: as the documentation lists it', 'restore')

  from = value('--from', "print the change to a table that iptables-save printed into a file; '-' for stdin")

  /** Where the result goes, and in which format. */
  protected readSink(report: Report): Sink {
    const output = this.option('output')
    const path = single(output, report)
    const from = single(this.option('from'), report)
    const isDry = flag(this.option('dryRun'), report)
    const format = choice(this.option('format'), FORMATS, 'restore', report)
    const isLive = path === undefined && from === undefined && !isDry

    if (format === 'documented' && (isLive || from !== undefined))
      report.fault('--format', format, 'is for reading options: add --dry-run or --output FILE, without --from')
    if (path === undefined) return { kind: isLive ? 'live' : 'stdout', format, from }
    if (isDry) report.fault(output.name, path, 'goes to a file and --dry-run to stdout: give one of them')
    const problem = unwritable(path)
    if (problem) report.fault(output.name, path, problem)
    return { kind: 'file', path, format, from }
  }

  /** The saved table at a path, or on stdin. Throws a Refusal when it is no complete nat table. */
  protected async readSaved(path: string): Promise<Ruleset> {
    try {
      return parseSaved(path === '-' ? await text(this.context.stdin) : readFileSync(path, 'utf8'))
    } catch (error) {
      throw new Refusal(`--from: ${quote(path)} cannot be used: ${(error as Error).message}`)
    }
  }

  /** The document that makes the wanted rules the only ones of ours in a saved table; nothing when they are. */
  protected deliverChange(saved: Ruleset, wanted: Wanted, sink: Sink): void {
    const change = transaction(saved, wanted)
    this.sayWhatStays(saved, wanted)
    if (isEmpty(change)) this.say(wanted === NOTHING ? 'none of our rules are there' : 'already in force')
    this.deliver(isEmpty(change) ? '' : renderDocument(change), sink)
  }

  protected sayWhatStays(live: Ruleset, wanted: Wanted): void {
    for (const line of lookAlikes(live, wanted)) this.say(`left alone, since it may be somebody else's: ${line}`)
    for (const { chain, spec } of transaction(live, wanted).stays)
      this.say(
        `left behind, since somebody else's equal rule stands in front of it, so that it never matches: -A ${chain} ${spec}`,
      )
  }

  /** Prints a text, or writes it to the file as a whole. */
  protected deliver(result: string, sink: Sink): void {
    if (sink.kind !== 'file') {
      this.context.stdout.write(result)
      return
    }
    try {
      writeWhole(sink.path, result)
    } catch (error) {
      throw new Refusal(`--output: ${quote(sink.path)} was not written: ${(error as Error).message}`)
    }
    this.say(
      `wrote ${sink.path}${sink.format === 'restore' ? `; to load it, once: iptables-restore --noflush ${sink.path}` : ''}`,
    )
  }
}
