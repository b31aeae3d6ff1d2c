import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { find } from '../../../src/system/find'
import { workshop } from '../../workshop'
import type { Ended } from './exec'
import type { Lab } from './lab'
import type { Namespace } from './namespace'

/** What a manifest says about a container, as far as a runtime needs it. */
export interface Container {
  command: string[]
  args: string[]
  env?: { name: string; value: string }[]
  securityContext: {
    runAsUser: number
    runAsGroup: number
    allowPrivilegeEscalation: boolean
    readOnlyRootFilesystem: boolean
    capabilities: { add: string[]; drop: string[] }
  }
  volumeMounts?: { mountPath: string }[]
}

const SHELL = ['sh', 'awk', 'sleep', 'cat', 'touch', 'id', 'grep']

/** A folder that goes with the test: an image has some megabytes. */
function folderOf(lab: Lab, name: string): string {
  const folder = workshop(name)
  lab.defer(() => rmSync(folder, { recursive: true }))
  return folder
}

/** The root of an image with a shell, awk and the iptables of a backend, or nft instead of these, copied from this machine. */
export function imageRoot(lab: Lab, isNative = false): string {
  const root = folderOf(lab, 'image')
  for (const each of ['bin', 'usr/sbin', 'proc', 'run', 'dev', 'sys', 'etc'])
    mkdirSync(join(root, each), { recursive: true })
  const copy = (file: string) => {
    mkdirSync(join(root, dirname(file)), { recursive: true })
    copyFileSync(realpathSync(file), join(root, file))
  }
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim()
  copyFileSync(realpathSync(busybox), join(root, 'bin/busybox'))
  for (const applet of SHELL) symlinkSync('busybox', join(root, 'bin', applet))

  const librariesOf = (file: string) => execFileSync('ldd', [file], { encoding: 'utf8' }).match(/\/\S+/g) ?? []
  if (isNative) {
    rmSync(join(root, 'bin/awk'))
    const nft = find('nft', process.env.PATH) ?? ''
    copyFileSync(realpathSync(nft), join(root, 'usr/sbin/nft'))
    for (const library of librariesOf(nft)) copy(library)
    return root
  }
  const multi = realpathSync(join(lab.tools.folder, 'iptables'))
  copyFileSync(multi, join(root, 'usr/sbin', basename(multi)))
  for (const name of ['iptables-save', 'iptables-restore', 'ip6tables-save', 'ip6tables-restore'])
    symlinkSync(basename(multi), join(root, 'usr/sbin', name))
  const libraries = librariesOf(multi)
  for (const library of libraries) copy(library)
  // The matches and targets are beside libxtables, and found where they were built for.
  const xtables = dirname(libraries.find((file) => file.includes('libxtables')) ?? '')
  for (const place of [join(xtables, 'xtables'), join('/usr', xtables, 'xtables')])
    if (existsSync(place)) cpSync(place, join(root, place), { recursive: true })
  return root
}

/** Runs a container in a network namespace by runc, as its security context says. */
export function runContainer(lab: Lab, at: Namespace, root: string, container: Container): Promise<Ended> {
  const bundle = folderOf(lab, 'bundle')
  execFileSync('runc', ['spec', '--bundle', bundle])
  const file = join(bundle, 'config.json')
  writeFileSync(file, JSON.stringify(configured(JSON.parse(readFileSync(file, 'utf8')), at, root, container)))
  return at.run(['runc', '--root', join(bundle, 'state'), 'run', '--bundle', bundle, basename(bundle)])
}

// biome-ignore lint/suspicious/noExplicitAny: what `runc spec` prints
function configured(spec: any, at: Namespace, root: string, container: Container) {
  const { runAsUser, runAsGroup, allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } =
    container.securityContext
  if (capabilities.drop.join() !== 'ALL') throw new Error('the capabilities of a runtime are not known here')
  const granted = capabilities.add.map((each) => `CAP_${each}`)
  const others = spec.linux.namespaces.filter(({ type }: { type: string }) => type !== 'network')
  return {
    ...spec,
    process: {
      ...spec.process,
      terminal: false,
      user: { uid: runAsUser, gid: runAsGroup },
      args: [...container.command, ...container.args],
      env: [spec.process.env[0], ...(container.env ?? []).map(({ name, value }) => `${name}=${value}`)],
      capabilities: { bounding: granted, effective: granted, permitted: granted },
      noNewPrivileges: !allowPrivilegeEscalation,
    },
    root: { path: root, readonly: readOnlyRootFilesystem },
    mounts: [
      ...spec.mounts,
      ...(container.volumeMounts ?? []).map(({ mountPath }) => ({
        destination: mountPath,
        type: 'tmpfs',
        source: 'tmpfs',
      })),
    ],
    linux: { ...spec.linux, namespaces: [...others, { type: 'network', path: at.file }] },
  }
}
