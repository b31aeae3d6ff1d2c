import { Option } from 'clipanion'
import { flagOf, type Given, given } from '../interception/given'
import { OPTIONS, type OptionName, type Row } from '../options/table'

/** An option of the table as Clipanion takes it: `--flag VALUE`, repeated or not; of a boolean `--flag`, `--flag=false`, `--no-flag`. */
export function clipanionOption(name: OptionName) {
  const { kind, short }: Row = OPTIONS[name]
  const flag = flagOf(name)
  if (kind === 'boolean') return Option.String(flag, { tolerateBoolean: true })
  return Option.Array(short ? `${short},${flag}` : flag)
}

/** What was given for an option, by its flag or else in the environment. */
export function optionOf(name: OptionName, from: unknown, env: NodeJS.ProcessEnv): Given {
  const values = from === undefined ? undefined : Array.isArray(from) ? from : [String(from)]
  return given(flagOf(name), values, env)
}
