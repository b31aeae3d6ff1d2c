import { Option } from 'clipanion'
import { flagOf, type Given, given, variableOf } from '../interception/given'

const PLACEHOLDERS = new Map<string, string>()

/** What stands for the value of an option in help: `PORT` for `--apisix-port`. */
export const placeholderOf = (flags: string) => PLACEHOLDERS.get(flags) ?? 'VALUE'

/** What may be written for an option, `--flag PORT`, repeated or not. What it means is settled in `interception/`. */
export function value(usage: string, description: string, byDefault?: string) {
  const [flags = '', placeholder = ''] = usage.split(' ')
  PLACEHOLDERS.set(flags, placeholder)
  return Option.Array(flags, { description: describe(flags, description, byDefault) })
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
