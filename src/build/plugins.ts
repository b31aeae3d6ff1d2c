import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Plugin } from 'esbuild'
import ipaddr from 'ipaddr.js'
import { precompile } from './precompile'

/** Templates become functions. */
export const templates: Plugin = {
  name: 'templates',
  setup: ({ onLoad }) => onLoad({ filter: /\.hbs$/ }, ({ path }) => ({ contents: precompile(path), loader: 'js' })),
}

/** What few runs need, by what it exports: files of their own, so that no other run reads them. */
const APART: Record<string, string[]> = {
  all: ['everything'],
  'unified-diff': ['unifiedDiff', 'showDiff'],
  'ipaddr.js': Object.keys(ipaddr),
  script: ['renderScript'],
  'user-template': ['renderUserTemplate'],
  'write-whole': ['writeWhole'],
  'with-keeper': ['withKeeper'],
}

/** A module whose exports are looked up when they are first used. */
const lookedUp = (names: string[], file: string) =>
  names
    .map(
      (name) =>
        `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => require('${file}').${name} });`,
    )
    .join('\n')

export const apart: Plugin = {
  name: 'apart',
  setup: ({ onResolve, onLoad }) => {
    const filter = new RegExp(`(^|/)(${Object.keys(APART).join('|')})$`)
    onResolve({ filter }, ({ path, importer, namespace }) =>
      namespace === 'file' && /\.ts$/.test(importer) ? { path: basename(path), namespace: 'apart' } : undefined,
    )
    onResolve({ filter: /^\.\/.*\.cjs$/, namespace: 'apart' }, ({ path }) => ({ path, external: true }))
    onLoad({ filter: /.*/, namespace: 'apart' }, ({ path }) => ({
      contents: lookedUp(APART[path] ?? [], `./${path.replace('.js', '')}.cjs`),
    }))
  },
}

/** Modules of Node.js that few runs need are loaded when one of their functions is first asked for: crypto alone takes 5 ms. */
export const atFirstUse: Plugin = {
  name: 'at-first-use',
  setup: ({ onResolve, onLoad }) => {
    const filter = /^(?:node:)?(child_process|crypto|net|os|readline|stream\/consumers|v8)$/
    onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'at-first-use' ? { path, external: true } : { path, namespace: 'at-first-use' },
    )
    onLoad({ filter, namespace: 'at-first-use' }, ({ path }) => ({
      contents: lookedUp(Object.keys(require(path)), path),
    }))
  },
}

/**
 * Clipanion opens the terminal for a context of its own, in place of which it always gets ours; and it can check options with
 * typanion, which we do not ask for.
 */
export const withoutTerminal: Plugin = {
  name: 'without-terminal',
  setup: ({ onLoad, onResolve }) => {
    onLoad({ filter: /clipanion\/lib\/advanced\/Cli\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      const contents = source.replace(/^Cli\.defaultContext = \{.*?^\};$/ms, 'Cli.defaultContext = { colorDepth: 1 };')
      if (contents === source) throw new Error('clipanion has changed: look for its default context')
      return { contents: contents.replace("require('../platform')", '{}') }
    })
    onResolve({ filter: /^typanion$/ }, ({ path }) => ({ path, external: true }))
  },
}
