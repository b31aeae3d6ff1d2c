import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Licences that ask for no more than their notice. */
const PERMISSIVE = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD']

/** The packages of which files are part of a bundle, by the paths of the files. */
export function packagesOf(files: string[]): string[] {
  const names = files.map((file) => /.*\bnode_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? '')
  return [...new Set(names)].filter(Boolean).sort()
}

/** The licences and notices of packages, as their licences ask for. Throws for one that asks for more, or has no notice. */
export function noticesOf(names: string[]): string {
  const notices = names.map((name) => {
    const { version, license } = JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8'))
    if (!PERMISSIVE.includes(license)) throw new Error(`${name} is under ${license}: it cannot be bundled`)
    return `${name} ${version} (${license})\n\n${noticeOf(name).trim()}\n`
  })
  return ['Parts of these packages are in the bundle.\n', ...notices].join(`\n${'-'.repeat(80)}\n\n`)
}

function noticeOf(name: string): string {
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE']
    .map((each) => join('node_modules', name, each))
    .find((each) => existsSync(each))
  if (file) return readFileSync(file, 'utf8').replaceAll('\r\n', '\n')
  const readme = readFileSync(join('node_modules', name, 'README.md'), 'utf8')
  const section = readme.split(/^## License.*$/m)[1]?.split(/^#/m)[0]
  if (!section?.includes('Copyright')) throw new Error(`${name} has no licence notice`)
  return section.replace(/^> ?/gm, '').replaceAll('**', '')
}
