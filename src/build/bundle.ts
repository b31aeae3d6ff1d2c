import { chmodSync } from 'node:fs'
import { build, type Plugin } from 'esbuild'
import { version } from '../../package.json'
import { precompile } from './precompile'

const templates: Plugin = {
  name: 'templates',
  setup: ({ onLoad }) => onLoad({ filter: /\.hbs$/ }, ({ path }) => ({ contents: precompile(path), loader: 'js' })),
}

/** What few runs need stays out of the file that every run reads: Handlebars' compiler is as large as all the rest. */
const lazy: Plugin = {
  name: 'lazy',
  setup: ({ onResolve }) =>
    onResolve({ filter: /user-template$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './user-template.cjs', external: true } : undefined,
    ),
}

/** Minified CommonJS with the templates precompiled: the cheapest start that we measured. */
build({
  entryPoints: {
    cli: 'src/cli.ts',
    index: 'src/index.ts',
    connect: 'src/probe/connect.ts',
    'user-template': 'src/render/user-template.ts',
  },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  define: { VERSION: JSON.stringify(version) },
  plugins: [templates, lazy],
}).then(
  () => chmodSync('dist/cli.cjs', 0o755),
  () => process.exit(1),
)
