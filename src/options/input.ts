/** What was given for one option, and under which name: the flag's or the environment variable's. */
export interface OptionInput {
  name: string
  /** Empty when the option was not given. */
  values: string[]
}

/** The flag of an option's property: `apisixPort` is `--apisix-port`. */
export function flagOf(property: string): string {
  return `--${property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** A flag and its value as words of a command line: a switch takes its value behind `=` alone. */
export function written(flag: string, value: string): string[] {
  return /^(true|false)$/.test(value) ? [`${flag}=${value}`] : [flag, value]
}

/** What the variables of all options start with. */
export const PREFIX = 'APISIX_MESH_AGENT_'

/** The environment variable of an option: the prefix plus the whole option name. */
export function variableOf(flag: string): string {
  return `${PREFIX}${flag.slice(2).toUpperCase().replaceAll('-', '_')}`
}

/** What Kubernetes sets for a Service, whose name may make the variable look like one of ours. */
const SERVICE_LINK = /^(?:tcp|udp|sctp):\/\//
const OF_SERVICE = /_SERVICE_HOST$|_SERVICE_PORT(?:_\w+)?$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/

/** Whether a variable is one that Kubernetes sets in every container of a namespace that has a Service. */
export const isServiceLink = (variable: string, value: string) => OF_SERVICE.test(variable) || SERVICE_LINK.test(value)

/** A flag beats its environment variable; an empty variable counts as not set, and so does one that Kubernetes sets for a Service. */
export function given(
  flag: string,
  values: string[] | undefined,
  env: Record<string, string | undefined>,
): OptionInput {
  if (values !== undefined) return { name: flag, values }
  const variable = variableOf(flag)
  const value = env[variable]
  return value && !isServiceLink(variable, value) ? { name: variable, values: [value] } : { name: flag, values: [] }
}
