import type { Diagnostics } from '../diagnostics/diagnostics'
import { type Interception, interceptsInbound } from '../interception/interception'
import type { Owner } from '../options/accounts'
import { ownerText } from '../options/owners'
import { CONTAINER } from './inject'
import { type Fields, fieldsOf, listOf, type Pod } from './manifest'

const PROBES = ['startupProbe', 'readinessProbe', 'livenessProbe']

/**
 * Warns of what keeps the rules from working in a pod, as far as its manifest shows it.
 *
 * @param proxy the name of the proxy's container
 */
export function reportContainers(
  { spec }: Pod,
  interception: Interception,
  proxy: string,
  diagnostics: Diagnostics,
): void {
  const { owners } = interception
  const running = containersOf(spec)
  if (!running.some(({ name }) => name === proxy))
    diagnostics.warn(
      'no-proxy-container',
      `there is no container ${proxy} to which connections could be redirected`,
      'Add it, or name the container of the proxy with --proxy-container',
    )
  for (const container of running) {
    const user = userOf(container, spec)
    if (container.name === proxy) reportProxy(user, owners, `container ${proxy}`, diagnostics)
    else reportOther(user, owners, `container ${container.name}`, diagnostics)
    for (const [probe, port] of probesOf(container))
      if (interceptsInbound(interception, port) && port !== (interception.inboundCapturePort ?? interception.proxyPort))
        diagnostics.warn(
          'probe-intercepted',
          `the ${probe} of container ${container.name} connects to port ${port}, which is redirected, so that the proxy answers it`,
          `Use --inbound-exclude-ports ${port} with --inbound-ports '*', or leave ${port} out of --inbound-ports`,
        )
  }
}

/** Those that run when the rules are there: init containers that restart always are sidecars, all others are over by then. */
const containersOf = ({ containers, initContainers }: Fields) => [
  ...listOf(initContainers).filter(({ name, restartPolicy }) => restartPolicy === 'Always' && name !== CONTAINER),
  ...listOf(containers),
]

interface User {
  uid?: number
  gid?: number
}

/** The ids that a container runs with, as far as its manifest says: else they are those of its image. */
function userOf(container: Fields, spec: Fields): User {
  const [own, ofPod] = [fieldsOf(container.securityContext), fieldsOf(spec.securityContext)]
  const [uid, gid] = [own.runAsUser ?? ofPod.runAsUser, own.runAsGroup ?? ofPod.runAsGroup]
  return { ...(typeof uid === 'number' && { uid }), ...(typeof gid === 'number' && { gid }) }
}

function reportProxy({ uid, gid }: User, owners: Owner[], where: string, diagnostics: Diagnostics): void {
  const mayBe = (owner: Owner) =>
    (uid ?? owner.uid) === owner.uid && (owner.gid === null || (gid ?? owner.gid) === owner.gid)
  if (owners.some(mayBe)) return
  const shown = [uid !== undefined && `uid ${uid}`, gid !== undefined && `gid ${gid}`].filter(Boolean).join(' and ')
  diagnostics.warn(
    'proxy-user-differs',
    `${where} runs with ${shown}, and the rules are for a proxy that is ${owners.map(ownerText).join(' or ')}: its own traffic may be redirected back to it`,
    `Use --apisix-user ${uid ?? 'UID'}:${gid ?? 'GID'}, or change runAsUser and runAsGroup`,
  )
}

function reportOther({ uid, gid }: User, owners: Owner[], where: string, diagnostics: Diagnostics): void {
  const hasUid = owners.some((owner) => owner.uid === uid)
  const hasGid = gid !== undefined && owners.some((owner) => owner.gid === gid)
  const shared = [hasUid && `uid ${uid}`, hasGid && `gid ${gid}`].filter(Boolean)
  if (shared.length > 0)
    diagnostics.warn(
      'container-bypasses',
      `${where} runs with ${shared.join(' and ')}, as the proxy does, so that its traffic bypasses the proxy`,
      'Give the proxy its own user and group',
    )
}

/** The probes for which the kubelet connects to the pod, and their ports. */
function probesOf(container: Fields): [probe: string, port: number][] {
  return PROBES.flatMap((probe) => {
    const { httpGet, tcpSocket, grpc } = fieldsOf(container[probe])
    return [httpGet, tcpSocket, grpc]
      .map(fieldsOf)
      .filter(({ port, host }) => port !== undefined && host === undefined)
      .flatMap(({ port }): [string, number][] => {
        const named = listOf(container.ports).find(({ name }) => name === port)
        const number = Number(named ? named.containerPort : port)
        return Number.isInteger(number) ? [[probe, number]] : []
      })
  })
}
