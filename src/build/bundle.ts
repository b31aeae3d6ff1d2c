import './register'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { version } from '../../package.json'
import { manPage } from '../reference/man'
import { noticesOf, packagesOf } from './notices'
import { LAZY_CHUNKS, lazyRequire, templates, withoutTerminal } from './plugins'

/** What is started, or loaded by a program. */
const STARTED = {
  cli: 'src/cli.ts',
  index: 'src/index.ts',
  guard: 'src/rollback/process.ts',
  connect: 'src/probe/connect.ts',
}

/** Minified CommonJS with the templates precompiled: the cheapest start that we measured. */
async function bundle() {
  rmSync('dist', { recursive: true, force: true })
  const { metafile } = await build({
    entryPoints: { ...STARTED, ...LAZY_CHUNKS },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    minify: true,
    metafile: true,
    platform: 'node',
    target: 'node20.12',
    format: 'cjs',
    // ES modules: the functions of a CommonJS module are parsed twice, once to find where they end.
    alias: {
      clipanion: 'clipanion/lib/advanced/index.mjs',
      'handlebars/runtime': 'handlebars/lib/handlebars.runtime.js',
    },
    define: { VERSION: JSON.stringify(version) },
    plugins: [templates, lazyRequire, withoutTerminal],
  })
  chmodSync('dist/cli.cjs', 0o755)
  writeFileSync('dist/apisix-mesh-agent.8', manPage(version))
  writeFileSync('dist/THIRD-PARTY-NOTICES.txt', noticesOf(packagesOf(Object.keys(metafile.inputs))))
}

bundle().catch((error) => {
  console.error(error.message)
  process.exit(1)
})
