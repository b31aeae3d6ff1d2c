import type { Diagnostics } from '../diagnostics/diagnostics'
import { suggestion } from '../diagnostics/suggestion'
import { flagOf, isServiceLink, PREFIX, variableOf } from '../options/input'
import { ROWS } from '../options/table'

/**
 * Warns of variables with our prefix that are no option's, but close to one. Kubernetes makes others, for a Service of our name.
 */
export function reportVariables(env: NodeJS.ProcessEnv, diagnostics: Diagnostics): void {
  const strange = Object.keys(env).filter((name) => name.startsWith(PREFIX) && !isServiceLink(name, env[name] ?? ''))
  if (strange.length === 0) return
  const names = ROWS.map(([name]) => variableOf(flagOf(name)))
  for (const name of strange.filter((each) => !names.includes(each))) {
    const meant = suggestion(
      name.slice(PREFIX.length),
      names.map((each) => each.slice(PREFIX.length)),
    )
    if (meant !== '')
      diagnostics.warn('unknown-variable', `${name} is not the variable of an option, and is ignored${meant}`)
  }
}
