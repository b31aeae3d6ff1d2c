import { Option, type Usage } from 'clipanion'
import type { Diagnostics } from '../diagnostics/diagnostics'
import { paintFor } from '../format/paint'
import { paintDiff, unifiedDiff } from '../format/unified-diff'
import { inject, takeOut } from '../inject/inject'
import { documentsOf, type Manifest, readManifest, UnreadableManifest } from '../inject/manifest'
import { reasonOf } from '../system/text'
import { BaseCommand } from './base-command'
import { type PodSettings, readPodSettings, renderForPod } from './inject-pod'
import { joined, type ManifestFile, readManifestFiles } from './manifests'
import { type Report, reportTo, type Session } from './session'

export class InjectCommand extends BaseCommand {
  static override paths = [['inject']]

  static override usage: Usage = {
    details: `
      Reads Kubernetes manifests and prints them with the init container of \`iptables --format init-container\` in every pod
      spec, as the last init container. Everything else stays as it is, comments and order too. An init container that is there
      already is replaced. Each FILE is a file, a folder with .yaml, .yml and .json files, or \`-\` for stdin, which is read
      without a FILE as well. With \`--remove\` it takes out what it has added, to the byte.

      It finds Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, and these in a List. Anything else passes
      through as it is. So does a pod with \`hostNetwork: true\`, with an error.

      The annotation \`apisix-mesh-agent/inject: "false"\` of a pod switches it off for this pod. \`apisix-mesh-agent/\` and the
      name of an option that says what is redirected, as in \`apisix-mesh-agent/inbound-ports: "80"\`, takes the place of the
      option.

      Exit status: 0 done, 1 at least one pod was left as it is because of an error (or nothing was printed, when an option or a
      file is at fault), 128+n ended by signal n.
    `,
    examples: [
      [
        'Apply manifests with the init container',
        '$0 inject k8s/ --image IMAGE --inbound-ports 80 | kubectl apply -f -',
      ],
      ['Show what would change', '$0 inject web.yaml --image IMAGE --inbound-ports 80 --diff'],
      ['Take it out again', '$0 inject --remove < injected.yaml'],
    ],
  }

  files = Option.Rest()

  async run(session: Session, diagnostics: Diagnostics): Promise<number> {
    const [isRemoval, isDiff] = [session.options.remove.value, session.options.diff.value]
    const settings = isRemoval ? undefined : await readPodSettings(session, diagnostics)
    if (!session.printDiagnostics(diagnostics)) return 1

    const files = await readManifestFiles(session, this.files)
    const report = reportTo(session)
    const results: string[] = []
    let pods = 0
    for (const file of files) {
      const result = await changed(session, file, settings, report)
      results.push(result.text)
      pods += result.pods
    }
    if (pods === 0 && !report.hasError()) session.note('There is no pod spec. Everything stays as it is.')
    const { stdout } = session.context
    if (isDiff)
      for (const [at, { name, text }] of files.entries())
        stdout.write(paintDiff(unifiedDiff([name, name], text, results[at] as string), paintFor(session.context)))
    else stdout.write(joined(results))
    return report.hasError() ? 1 : 0
  }
}

/** A file with the init container in its pods, or without it when there are no settings; and how many pods it has. */
async function changed(
  session: Session,
  { name, text }: ManifestFile,
  settings: PodSettings | undefined,
  report: Report,
): Promise<{ text: string; pods: number }> {
  let [result, pods, line] = ['', 0, 1]
  for (const document of documentsOf(text)) {
    const manifest = readOrReport(document, { name, line }, report)
    result += manifest ? await changedDocument(session, manifest, name, settings, report) : document
    pods += manifest?.pods.length ?? 0
    line += document.split('\n').length - 1
  }
  return { text: result, pods }
}

async function changedDocument(
  session: Session,
  manifest: Manifest,
  name: string,
  settings: PodSettings | undefined,
  report: Report,
): Promise<string> {
  const whereOf = (at: number) => `${name}: ${manifest.pods[at]?.label}`
  const renders = []
  if (settings)
    for (const [at, pod] of manifest.pods.entries())
      renders.push(await renderForPod(session, pod, settings, whereOf(at), report))
  const { text, problems } = settings ? inject(manifest, renders, settings.lists) : takeOut(manifest)
  for (const [at, problem] of problems) report.print({ severity: 'error', problem: `${whereOf(at)}: ${problem}` })
  return text
}

function readOrReport(text: string, { name, line }: { name: string; line: number }, report: Report) {
  try {
    return readManifest(text)
  } catch (error) {
    if (!(error instanceof UnreadableManifest)) throw error
    const at = line + text.slice(0, error.at).split('\n').length - 1
    report.print({ severity: 'error', problem: `${name}:${at}: is not valid YAML: ${reasonOf(error)}` })
    return undefined
  }
}
