import { readFileSync } from 'node:fs'
import Handlebars from 'handlebars'

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
