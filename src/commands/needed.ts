import type { Given } from '../interception/given'
import type { Report } from '../interception/report'
import { single } from '../interception/values'
import type { Format } from '../render/formats'
import type { Output } from './output-command'

/** What the value of an option that one format needs looks like. */
interface Form {
  pattern: RegExp
  problem: string
}

export const IMAGE: Form = {
  pattern: /^\w[\w.\-/:@]*$/,
  problem: 'is no image: --format init-container needs its name, as in registry.example/iptables:1.8',
}

export const INSTALL_PATH: Form = {
  pattern: /^(\/[\w.@+-]+)+$/,
  problem: 'is no path to install at: --format systemd needs an absolute one, as in /usr/local/sbin/apisix-redirect',
}

/** The value of an option that one format needs and no other takes; the environment may hold it all the same. */
export function readFor(output: Output, format: Format, given: Given, form: Form, report: Report): string {
  const value = single(given, report) ?? ''
  const isFlag = given.name.startsWith('--') && given.values.length > 0
  if (output.format !== format && isFlag) report.fault(given.name, value, `belongs to --format ${format}`)
  if (output.format === format && !form.pattern.test(value)) report.fault(given.name, value, form.problem)
  return value
}
