import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Plugin } from 'esbuild'
import Handlebars from 'handlebars'

/** Templates become functions. */
export const templates: Plugin = {
  name: 'templates',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.hbs$/ }, ({ path }) => ({
      contents: `import Handlebars from 'handlebars/runtime'; export default ${precompile(path)}`,
    })),
}

/** What few runs need: in files of their own, by their names. No other source may be called so. */
export const LAZY_CHUNKS = {
  all: 'src/all.ts',
  ipaddr: 'ipaddr.js',
  nft: 'src/render/nft.ts',
  quick: 'src/quick.ts',
  script: 'src/render/script.ts',
  shadowing: 'src/engine/shadowing.ts',
  'shell-completion': 'src/reference/shell-completion.ts',
  'unified-diff': 'src/format/unified-diff.ts',
  'user-template': 'src/render/user-template.ts',
  'with-guard': 'src/rollback/with-guard.ts',
  'write-whole': 'src/system/write-whole.ts',
  yaml: 'yaml',
}

/** What few runs need of Node.js: crypto alone takes 5 ms. */
const BUILT_IN = ['child_process', 'crypto', 'net', 'os', 'readline', 'v8']

/** What few runs need is loaded when one of its exports is first asked for. */
export const lazyRequire: Plugin = {
  name: 'at-first-use',
  setup: ({ onResolve, onLoad }) => {
    const namespace = 'at-first-use'
    // First: what is loaded later is loaded from there.
    onResolve({ filter: /./, namespace }, ({ path }) => ({ path, external: true }))
    onResolve({ filter: named(`(?:.*/)?(?:${Object.keys(LAZY_CHUNKS).join('|')})(?:\\.js)?`) }, ({ path, importer }) =>
      importer.endsWith('.ts') ? { path: `./${basename(path, '.js')}.cjs`, namespace } : undefined,
    )
    onResolve({ filter: named(`(?:node:)?(?:${BUILT_IN.join('|')})`) }, ({ path }) => ({ path, namespace }))
    onLoad({ filter: /./, namespace }, ({ path }) => ({ contents: loadedLater(path) }))
  },
}

const named = (names: string) => new RegExp(`^${names}$`)

/** An import of it by esbuild copies what a module has itself, and asks it for nothing else: all that it exports is inherited. */
const loadedLater = (path: string) => `
  let loaded
  const exports = new Proxy({}, { get: (_, name) => (loaded ??= require('${path}'))[name] })
  module.exports = Object.create(exports, { __esModule: { value: false } })
`

/** Parts of Clipanion's source, and what takes their place. */
const CHANGES: [part: RegExp, replacement: string][] = [
  [/^Cli\.defaultContext = \{.*?^\};$/ms, 'Cli.defaultContext = { colorDepth: 1 };'],
  [/^import .* from '\.\.\/platform';$/m, 'const getCaptureActivator = undefined, getDefaultColorDepth = undefined;'],
]

function changed(source: string, [part, replacement]: (typeof CHANGES)[number]): string {
  if (!part.test(source)) throw new Error(`clipanion has changed: there is no ${part} in it`)
  return source.replace(part, replacement)
}

/**
 * Clipanion opens the terminal for a context of its own, in place of which it always gets ours; and it can check options with
 * typanion, which we do not ask for.
 */
export const withoutTerminal: Plugin = {
  name: 'without-terminal',
  setup: ({ onLoad, onResolve }) => {
    onLoad({ filter: /clipanion\/lib\/advanced\/Cli\.mjs$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      return { contents: CHANGES.reduce(changed, source) }
    })
    onResolve({ filter: /^typanion$/ }, ({ path }) => ({ path, external: true }))
  },
}

/**
 * A template as an expression over `Handlebars`, its runtime, that gives the render function: a start compiles nothing.
 *
 * Nothing is escaped (rules are not HTML), a missing field throws, and only Handlebars' own helpers exist.
 */
export function precompile(file: string): string {
  const options = { noEscape: true, strict: true, knownHelpersOnly: true, srcName: file }
  const { code } = Handlebars.precompile(readFileSync(file, 'utf8'), options) as unknown as { code: string }
  // Each block brings a copy of a function that the runtime has had since 4.6; each lookup makes objects that say where it
  // stands, for an error that a test of every template would find.
  const lean = code
    .replaceAll(
      /container\.lookupProperty \|\| function\(parent, propertyName\) \{.*?\n\s*\};/gs,
      'container.lookupProperty;',
    )
    .replaceAll(
      /,\s*(?:"loc":)?\{(?:"source":"[^"]*",)?"start":\{"line":\d+,"column":\d+\},"end":\{"line":\d+,"column":\d+\}\}/g,
      '',
    )
  return `Handlebars.template(${lean})`
}
