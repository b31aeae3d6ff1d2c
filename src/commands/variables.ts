import type { Definition } from 'clipanion'
import { PREFIX, variableOf } from '../interception/given'
import type { Report } from '../interception/report'
import { suggestion } from '../interception/suggestion'

/**
 * Warns of variables with our prefix that are no option's, but close to one. Others with that prefix are made by Kubernetes,
 * for a service of our name.
 *
 * @param known whether an option of the command is called so: then nobody else is asked
 * @param definitions of every command, since all share the environment
 */
export function reportVariables(
  env: NodeJS.ProcessEnv,
  known: (variable: string) => boolean,
  definitions: () => Definition[],
  report: Report,
): void {
  const strange = Object.keys(env).filter((name) => name.startsWith(PREFIX) && !known(name))
  if (strange.length === 0) return
  const flags = definitions().flatMap(({ options }) => options.map(({ definition }) => definition.split(' ')[0] ?? ''))
  const names = [...new Set(flags.map((flag) => variableOf(flag.split(',').at(-1) as string)))]
  for (const name of strange.filter((each) => !names.includes(each))) {
    const meant = suggestion(
      name.slice(PREFIX.length),
      names.map((each) => each.slice(PREFIX.length)),
    )
    if (meant !== '') report.warn('unknown-variable', `${name} is of no option, and not used${meant}`)
  }
}
