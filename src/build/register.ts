import Module from 'node:module'
import { precompile } from './plugins'

/** Lets tests, which run from the sources, import `.hbs` files as the bundle does. */
const { _extensions } = Module as unknown as { _extensions: Record<string, (module: unknown, file: string) => void> }
_extensions['.hbs'] = (module, file) =>
  (module as { _compile(source: string, file: string): void })._compile(
    `const Handlebars = require('handlebars/runtime'); module.exports = ${precompile(file)}`,
    file,
  )

Object.assign(globalThis, { VERSION: '0.0.0-test' })
