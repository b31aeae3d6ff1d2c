import type { Diagnostic } from '../diagnostics/diagnostic'
import type { Diagnostics } from '../diagnostics/diagnostics'
import { UserError } from '../diagnostics/user-error'
import type { Interception } from '../interception/interception'
import { IPV4_ALONE, ifIpv6Works } from '../netfilter/ipv6'
import { isOwnNamespace, type Namespace, namespaceAt } from '../netfilter/namespace'
import { otherFamilyWarning } from '../netfilter/other-family'
import { type Access, type Found, openTables, tableForRules } from '../netfilter/tables'
import type { Given } from '../options/parse'
import { FAMILY_NAMES, type Families, type Family } from '../ruleset/families'
import { onANode, signOfNode } from '../ruleset/node'
import { familyOfAddresses, readRuleset } from '../ruleset/read-any'
import type { Ruleset } from '../ruleset/ruleset'
import { isRelative } from '../system/find'
import { readStream, readText } from '../system/read'
import { until } from '../system/run'
import { sshPort } from '../system/ssh'
import { quote, reasonOf } from '../system/text'
import { reportMachineWarnings } from './machine-warnings'
import { accountsFor } from './model'
import { reportVariables } from './options'
import type { Session } from './session'

/** How the live table is to be reached. The time runs from here. */
export function readAccess(session: Session, diagnostics: Diagnostics): Access {
  reportVariables(session.context.env, diagnostics)
  const { options } = session
  const { name, value: restore } = options.iptablesRestore
  const backend = options.backend.value
  const fail = (problem: string, remedy: string) => diagnostics.error(name, restore ?? '', problem, remedy)

  if (restore !== undefined && !/^\/[^\0]*restore[^/\0]*$/.test(restore))
    fail('is not the absolute path of an iptables-restore', 'Use a path as in /usr/sbin/iptables-legacy-restore')
  if (restore !== undefined && backend !== 'auto') fail('already names the backend', 'Remove --backend')
  return {
    backend,
    restore,
    netns: readNamespace(options.netns, options.pid, diagnostics),
    wait: options.wait.value,
    deadline: Date.now() + 1000 * options.timeout.value,
    path: session.context.env.PATH,
  }
}

/** Warns root of a PATH by which whoever writes into the working directory would choose the tools. */
export function reportPath({ path }: Access, diagnostics: Diagnostics): void {
  if (process.getuid?.() === 0 && isRelative(path))
    diagnostics.warn('relative-path', 'PATH has relative entries, which are ignored')
}

/** Warns of what is probably not meant on this machine. */
export function reportMachine(
  session: Session,
  interception: Interception,
  access: Access,
  diagnostics: Diagnostics,
): Promise<void> {
  reportPath(access, diagnostics)
  const isUserGiven = session.input('apisixUser').values.length > 0
  const namespace = namespaceOf(session, access)
  const ssh = isOwnNamespace(access.netns) ? sshPort(session.context.env) : undefined
  return reportMachineWarnings(
    interception,
    { isUserGiven, accounts: accountsFor(session), ssh, namespace },
    diagnostics,
  )
}

/** Warns when tables or interfaces show that the network namespace is that of a Kubernetes node, unless it is meant. */
export async function reportNode(
  session: Session,
  found: Found[],
  access: Access,
  diagnostics: Diagnostics,
): Promise<void> {
  if (session.options.allowNode.value) return
  const tables = found.flatMap(({ live, beside }) => (beside ? [live, beside] : [live]))
  const sign = signOfNode(tables, await namespaceOf(session, access).procNet('dev'))
  const remedy = 'Use --netns or --pid to work in a pod. If the node is meant, use --allow-node'
  if (sign !== undefined) diagnostics.warn('on-a-node', onANode(sign), remedy)
}

/** The network namespace that is meant, in which nothing takes longer than all of it may. */
export function namespaceOf(session: Session, { netns, deadline }: Access): Namespace {
  return namespaceAt(netns, until(deadline, session.context.run))
}

/**
 * The saved table at a path, or on stdin. Throws a UserError when it is no complete nat table, or not of the family.
 *
 * @param family undefined for the one that its addresses show, or IPv4
 */
export async function readSaved(
  session: Session,
  path: string,
  family?: Family,
): Promise<{ saved: Ruleset; family: Family }> {
  const refuse = (reason: string, remedy?: string) =>
    new UserError(`--from: ${quote(path)} cannot be used: ${reason}`, remedy === undefined ? {} : { remedy })
  let saved: Ruleset
  try {
    saved = readRuleset(await textAt(session, path), family)
  } catch (error) {
    throw refuse(reasonOf(error))
  }
  const found = familyOfAddresses(saved)
  if (family !== undefined && found !== undefined && found !== family)
    throw refuse(`its addresses are ${FAMILY_NAMES[found]}`, `Use --ip-family ${found}`)
  return { saved, family: family ?? found ?? 'ipv4' }
}

/** The family that `--ip-family` names; undefined when it names none, or both. */
export function namedFamily(session: Session): Family | undefined {
  const { isGiven, value } = session.options.ipFamily
  return isGiven && value !== 'dual' ? value : undefined
}

/** A saved table does not say of which family it is: the options have to. */
export function requireOneFamily(
  { name, value }: Given<string | undefined>,
  families: Families,
  diagnostics: Diagnostics,
): void {
  if (value !== undefined && families.ipv4 && families.ipv6)
    diagnostics.error(name, value, 'is a table of one address family', 'Use --ip-family ipv4 or --ip-family ipv6')
}

/** The text of a file, or of stdin for `-`. Throws the system's error. */
export async function textAt(session: Session, path: string): Promise<string> {
  return path === '-' ? readStream(session.context.stdin) : readText(path)
}

/** The tables of the families that are meant, IPv6 first; without that of IPv6 where nothing could bypass it. */
export async function findTables(session: Session, { ipv4, ipv6 }: Families, access: Access) {
  const find = async (family: Family) => tableForRules(await openTables(access, family, session.context.run))
  const result: { family: Family; found: Found }[] = []
  if (ipv6 && !ipv4) result.push({ family: 'ipv6', found: await find('ipv6') })
  if (ipv6 && ipv4) {
    const found = await ifIpv6Works(() => find('ipv6'), namespaceOf(session, access))
    if (found) result.push({ family: 'ipv6', found })
    else session.print({ severity: 'warning', problem: IPV4_ALONE })
  }
  if (ipv4) result.push({ family: 'ipv4', found: await find('ipv4') })
  return result
}

/** The warning about managed rules of the family that is not meant; undefined when there are none of other options. */
export async function otherFamily(
  session: Session,
  interception: Interception,
  access: Access,
): Promise<Diagnostic | undefined> {
  return otherFamilyWarning(interception, access, { run: session.context.run, namespace: namespaceOf(session, access) })
}

/** Says something that only `--verbose` shows. */
export function sayVerbosely(session: Session, text: string): void {
  if (session.options.verbose.value) session.say(text.trimEnd())
}

/** The path of the network namespace that is meant; undefined for our own. */
export function readNamespace(
  netns: Given<string | undefined>,
  pid: Given<string | undefined>,
  diagnostics: Diagnostics,
): string | undefined {
  const [path, id] = [netns.value, pid.value]
  if (id !== undefined && !/^[1-9]\d{0,9}$/.test(id)) diagnostics.error(pid.name, id, 'is not a process id')
  if (id !== undefined && path !== undefined) diagnostics.error(pid.name, id, 'cannot be combined with --netns')
  if (path === '' || path?.includes('\0')) diagnostics.error(netns.name, path, 'is not a path')
  return id === undefined ? path : `/proc/${id}/ns/net`
}
