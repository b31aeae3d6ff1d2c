import type { Diagnostic } from '../diagnostics/diagnostic'
import { Diagnostics } from '../diagnostics/diagnostics'
import { ANNOTATION, readAnnotations } from '../inject/annotations'
import { reportContainers } from '../inject/containers'
import { type Render, WITH_LOCK, WITHOUT_LOCK } from '../inject/inject'
import type { Key } from '../inject/lists'
import type { Pod } from '../inject/manifest'
import type { Access } from '../netfilter/tables'
import { IMAGE, renderFormat } from '../render/formats'
import { readAccess } from './access'
import { escalate, readModel } from './model'
import { readScript } from './output'
import { type Report, type Session, withInputs } from './session'

/** What is the same for all pods. */
export interface PodSettings {
  image: string
  /** The name of the proxy's container. */
  proxy: string
  access: Access
  /** The lists of a pod in which something is added. */
  lists: readonly Key[]
}

/** The name of a container, as Kubernetes takes it (RFC 1123). */
const CONTAINER_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

const OUTPUT = { to: 'stdout', format: 'init-container', template: undefined, from: undefined } as const

/** The options that say what is injected. What they warn of is said about the pods to which they apply. */
export async function readPodSettings(session: Session, diagnostics: Diagnostics): Promise<PodSettings> {
  const model = new Diagnostics()
  await readModel(session, model)
  diagnostics.errors.push(...model.errors)
  const { image, proxyContainer } = session.options
  if (!IMAGE.pattern.test(image.value ?? ''))
    diagnostics.error(
      image.name,
      image.value,
      image.value === undefined ? 'no image is given' : IMAGE.problem,
      `Use one as in ${IMAGE.example}`,
    )
  if (!CONTAINER_NAME.test(proxyContainer.value))
    diagnostics.error(proxyContainer.name, proxyContainer.value, 'is not the name of a container')
  const access = readAccess(session, diagnostics)
  escalate(session, diagnostics)
  const lists = session.options.nativeNftables.value ? WITHOUT_LOCK : WITH_LOCK
  return { image: image.value ?? '', proxy: proxyContainer.value, access, lists }
}

/** What makes the init container of a pod; undefined for a pod that is to stay as it is, by its annotation or for an error. */
export async function renderForPod(
  session: Session,
  pod: Pod,
  { image, proxy, access }: PodSettings,
  where: string,
  report: Report,
): Promise<Render | undefined> {
  const found = new Diagnostics()
  const { isOn, options } = readAnnotations(pod, found)
  if (!isOn) return undefined
  if (pod.spec.hostNetwork === true) {
    report.print({
      severity: 'error',
      problem: `${where}: hostNetwork: true means that the rules would redirect the traffic of the node. The pod was left as it is`,
      remedy: `Remove hostNetwork, or add the annotation ${ANNOTATION}inject: "false"`,
    })
    return undefined
  }
  // What the options of the command line make all pods warn of is said once.
  const model = options.size > 0 ? found : new Diagnostics()
  const ofPod = withInputs({ ...session, command: 'iptables' }, options, model)
  const interception = await readModel(ofPod, model)
  const script = readScript(ofPod, OUTPUT, access, interception, model)
  reportContainers(pod, interception, proxy, found)
  for (const each of new Set([found, model])) escalate(session, each)

  const all = [...new Set([model, found])].map((each) => (each === found ? located(each, where) : each))
  const errors = all.flatMap((each) => each.errors)
  for (const each of errors.length > 0 ? errors : all.flatMap(({ warnings, notes }) => [...warnings, ...notes]))
    report.print(each)
  if (errors.length > 0) return undefined
  return (added) => renderFormat('init-container', { interception, image, added, installPath: '', ...script })
}

/** Diagnostics that say about which pod they are. */
function located({ errors, warnings, notes }: Diagnostics, where: string) {
  const at = (each: Diagnostic): Diagnostic =>
    each.subject === undefined
      ? { ...each, problem: `${where}: ${each.problem}` }
      : { ...each, subject: `${where}: ${each.subject}` }
  return { errors: errors.map(at), warnings: warnings.map(at), notes: notes.map(at) }
}
