import { compare, type Difference } from '../../../src/ruleset/compare'
import { parseSaved } from '../../../src/ruleset/parse'
import { parseRules } from '../../../src/ruleset/read-any'
import type { Wanted } from '../../../src/ruleset/ruleset'
import { cli } from '../../support'
import type { Namespace } from './namespace'
import { saved } from './table'

/** Sets that differ in the user, in OUTPUT and in managed chains; all send what goes out to port 80 to a proxy. */
export const ONE = '--apisix-port 9080 --apisix-user 501:20 --inbound-ports 80,443 --outbound-ports 80'.split(' ')
export const TWO =
  '--apisix-port 9081 --apisix-user 636:636 --inbound-ports * --outbound-ports 443,80 --apisix-inbound-capture-port 9080'.split(
    ' ',
  )
export const THREE = '--apisix-user 700:700 --outbound-ports 80,8443'.split(' ')

/** The rules of options, as `--dry-run` prints them. */
export async function wantedBy(options: string[]): Promise<Wanted> {
  const { status, stdout, stderr } = await cli(['iptables', ...options, '--dry-run'])
  if (status !== 0) throw new Error(stderr)
  const lines = stdout.split('\n').map((line) => line.replace(/^:(\S+) .*/, '-N $1'))
  return parseRules(lines.filter((line) => line.startsWith('-')).join('\n'))
}

/** The document that makes the rules of options, or none of ours, the only ones in a saved table. */
export async function changeOf(saved: string, options: string[] | undefined): Promise<string> {
  const command = options ? ['iptables', ...options] : ['cleanup-iptables']
  const { status, stdout, stderr } = await cli([...command, '--from', '-'], { stdin: saved })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

/** How the rules of options differ from those that are active; nothing when these are active, once. */
export async function differences(at: Namespace, options: string[]): Promise<Difference[]> {
  return compare(parseSaved(await saved(at)), await wantedBy(options))
}
