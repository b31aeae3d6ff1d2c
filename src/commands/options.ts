import { Option } from 'clipanion'
import { flagOf, type Given, given, variableOf } from '../interception/given'

/** What may be written for an option: `--flag VALUE`, repeated or not. What it means is settled in `interception/`. */
export function value(flag: string, description: string, byDefault?: string) {
  return Option.Array(flag, { description: describe(flag, description, byDefault) })
}

/** `--flag`, `--flag=true`, `--flag=false`, `--no-flag`. */
export function toggle(flag: string, description: string) {
  return Option.String(flag, { tolerateBoolean: true, description: describe(flag, description) })
}

function describe(flags: string, description: string, byDefault?: string): string {
  const variable = variableOf(flags.split(',').at(-1) as string)
  return `${description} (${byDefault ? `default ${byDefault}; ` : ''}${variable})`
}

/** What was given for an option, by its flag or else in the environment. */
export function optionOf(property: string, from: unknown, env: NodeJS.ProcessEnv): Given {
  const values = from === undefined ? undefined : Array.isArray(from) ? from : [String(from)]
  return given(flagOf(property), values, env)
}
