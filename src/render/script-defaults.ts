import { OPTIONS } from '../options/table'
import { parseDuration } from '../options/values'

/** What a script does unless its environment says otherwise: IPTABLES, WAIT, TIMEOUT, ALLOW_NODE. */
export interface ScriptDefaults {
  /** The tools, less -save and -restore; of `iptables` alone the script chooses the backend. */
  tools: string
  /** Seconds to wait for the xtables lock. */
  wait: number
  /** Seconds after which nothing is tried again. */
  timeout: number
  /** Whether the network namespace of a Kubernetes node is meant. */
  allowNode: boolean
}

/** The same as the program does. */
export const SCRIPT_DEFAULTS: ScriptDefaults = {
  tools: 'iptables',
  wait: parseDuration(OPTIONS.wait.default) as number,
  timeout: parseDuration(OPTIONS.timeout.default) as number,
  allowNode: false,
}
