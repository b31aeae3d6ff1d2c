import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { version } from '../../package.json'
import { noticesOf, packagesOf } from './notices'
import { atFirstUse, templates, withoutTerminal } from './plugins'

/** Minified CommonJS with the templates precompiled: the cheapest start that we measured. */
async function bundle() {
  rmSync('dist', { recursive: true, force: true })
  const { metafile } = await build({
    entryPoints: {
      cli: 'src/cli.ts',
      quick: 'src/quick.ts',
      all: 'src/all.ts',
      index: 'src/index.ts',
      keeper: 'src/keeper/keeper.ts',
      connect: 'src/probe/connect.ts',
      'unified-diff': 'src/show/unified-diff.ts',
      ipaddr: 'ipaddr.js',
      script: 'src/render/script.ts',
      'user-template': 'src/render/user-template.ts',
      'with-keeper': 'src/keeper/with-keeper.ts',
      'write-whole': 'src/system/write-whole.ts',
    },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    minify: true,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    // ES modules: the functions of a CommonJS module are parsed twice, once to find where they end.
    alias: {
      clipanion: 'clipanion/lib/advanced/index.mjs',
      'handlebars/runtime': 'handlebars/lib/handlebars.runtime.js',
    },
    define: { VERSION: JSON.stringify(version) },
    plugins: [templates, atFirstUse, withoutTerminal],
  })
  chmodSync('dist/cli.cjs', 0o755)
  writeFileSync('dist/THIRD-PARTY-NOTICES.txt', noticesOf(packagesOf(Object.keys(metafile.inputs))))
}

bundle().catch((error) => {
  console.error(error.message)
  process.exit(1)
})
