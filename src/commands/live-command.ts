import { readDuration } from '../interception/durations'
import type { Report } from '../interception/report'
import { choice, flag, single } from '../interception/values'
import { BACKENDS } from '../netfilter/backend'
import { converge, type Outcome, type Watch } from '../netfilter/converge'
import type { Nat } from '../netfilter/nat'
import type { Access } from '../netfilter/tables'
import { othersTrack } from '../ruleset/ours'
import type { Wanted } from '../ruleset/ruleset'
import { toggle, value } from './options'
import { OutputCommand } from './output-command'

/** The options that say how the live table is reached. */
export abstract class LiveCommand extends OutputCommand {
  backend = value('--backend', 'nft, legacy, or auto: the one that holds our rules, else the one on PATH', 'auto')
  iptablesRestore = value('--iptables-restore', 'the tool to use, with its -save beside it', 'that of the backend')
  wait = value('-w,--wait', 'how long to wait for the xtables lock, as in 5, 5s or 2m', '5s')
  timeout = value('--timeout', 'how long all of it may take', '30s')
  netns = value('--netns', 'work in the network namespace at this path', 'our own')
  pid = value('--pid', 'work in the network namespace of this process', 'our own')
  verbose = toggle('--verbose', 'say which backend was chosen, why, and each document that is sent')

  private isVerbose = false

  /** How the live table is to be reached. The time runs from here. */
  protected readAccess(report: Report): Access {
    const pid = single(this.option('pid'), report)
    const netns = single(this.option('netns'), report)
    const restore = single(this.option('iptablesRestore'), report)
    const backend = choice(this.option('backend'), ['auto', ...BACKENDS], 'auto', report)
    const fault = (option: 'pid' | 'netns' | 'iptablesRestore', problem: string) =>
      report.fault(this.option(option).name, this.option(option).values.join(' '), problem)

    if (pid !== undefined && !/^[1-9]\d{0,9}$/.test(pid)) fault('pid', 'is not a process id')
    if (pid !== undefined && netns !== undefined) fault('pid', 'and --netns name a namespace each: give one of them')
    if (netns === '' || netns?.includes('\0')) fault('netns', 'is not a path')
    if (restore !== undefined && !/^\/[^\0]*restore[^/\0]*$/.test(restore))
      fault('iptablesRestore', 'is not the absolute path of an iptables-restore')
    if (restore !== undefined && backend !== 'auto') fault('iptablesRestore', 'is of one backend: leave --backend out')
    this.isVerbose = flag(this.option('verbose'), report)
    return {
      backend,
      restore,
      netns: pid === undefined ? netns : `/proc/${pid}/ns/net`,
      wait: readDuration(this.option('wait'), 5, report),
      deadline: Date.now() + 1000 * readDuration(this.option('timeout'), 30, report),
      path: this.context.env.PATH,
    }
  }

  /** Brings the wanted rules into force in one table, says what it leaves alone, and gives what it did. */
  protected async converge(
    nat: Nat,
    wanted: Wanted,
    { backend, deadline }: Access,
    watch: Watch = {},
  ): Promise<Outcome> {
    const { name, restore } = nat.backend
    this.explain(`backend ${name} (${restore}), ${backend === 'auto' ? 'as found' : 'as given'}`)
    const sends = (document: string) => this.explain(`to ${restore}:\n${document}`)
    const outcome = await converge(nat, wanted, deadline, { ...watch, sends })
    this.sayWhatStays(outcome.before, wanted)
    return outcome
  }

  /** Says what was changed, and what that means to connections that are open. */
  protected sayChange(what: string, { before, done }: Outcome): void {
    const isTracked = done === 'replaced' || othersTrack(before)
    this.say(
      `${what}; established connections ${isTracked ? 'keep their way' : 'may break: nothing else tracks them here'}`,
    )
  }

  /** Says something that only `--verbose` shows. */
  private explain(text: string): void {
    if (this.isVerbose) this.say(text.trimEnd())
  }
}
