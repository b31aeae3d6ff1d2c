import { execFileSync } from 'node:child_process'
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { workshop } from '../workshop'
import { type Ratio, run, type Step } from './measure'

/** What a figure is compared with, and how high it may be. */
export interface Figure extends Ratio {
  what: string
  unit: 'ms' | 'MB' | 'µs' | '%'
  /** Undefined for what no backend has a part in. */
  backend?: Backend
  /** Undefined for a comparison that is of interest only. */
  bound?: number
}

export type Backend = 'nft' | 'legacy'

/** What all figures are measured with. */
export interface Setting {
  pairs: number
  /** A number of rules or connections, or few in a smoke test. */
  size(full: number): number
  /** The program as its package installs it. */
  program(...argv: string[]): Step
  /** The file of the program, to be run by node. */
  file: string
  /** A text in a file of that name. */
  written(name: string, text: string): string
  /** What the program prints for some options. */
  made(name: string, ...argv: string[]): { file: string; text: string }
}

export const EXAMPLE_4 = '--apisix-user 501:20 --inbound-ports 80,443 --outbound-ports 80'.split(' ')
export const NODE: Step = { argv: [process.execPath, '-e', '0'] }

/** Packs the package and installs it into an empty folder. */
export function settingFor(isSmoke: boolean, pairs: number): Setting {
  const folder = workshop('bench')
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    encoding: 'utf8',
  })
  const install = ['install', '--global', '--prefix', folder, '--offline', '--silent', join(folder, packed.trim())]
  execFileSync('npm', install, { stdio: 'ignore' })
  const installed = join(folder, 'bin/apisix-mesh-agent')
  const program = (...argv: string[]): Step => ({ argv: [installed, ...argv] })
  const written = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  return {
    pairs,
    size: (full) => (isSmoke ? Math.ceil(full / 100) : full),
    program,
    file: realpathSync(installed),
    written,
    made(name, ...argv) {
      const file = join(folder, name)
      run(program('iptables', ...argv, '--output', file))
      return { file, text: readFileSync(file, 'utf8') }
    },
  }
}

/** Ports of 1–65535 that do not touch: so many, in rising order. */
export const scattered = (count: number) =>
  Array.from({ length: count }, (_, at) => 1025 + at * Math.floor(60000 / count))
