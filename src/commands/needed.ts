import type { Report } from '../interception/diagnostics'
import { single } from '../interception/values'
import type { OptionInput } from '../options/input'
import type { Form, Format } from '../render/formats'
import type { Output } from './output'

/** The value of an option that one format needs and no other takes; the environment may hold it all the same. */
export function readFor(output: Output, format: Format, given: OptionInput, form: Form, report: Report): string {
  const value = single(given, report)
  const isFlag = given.name.startsWith('--') && value !== undefined
  if (output.format !== format && isFlag) report.fault(given.name, value, `belongs to --format ${format}`)
  if (output.format === format && value === undefined)
    report.fault('--format', format, `needs ${given.name}, as in ${form.example}`)
  else if (output.format === format && !form.pattern.test(value ?? ''))
    report.fault(given.name, value ?? '', `${form.problem}: give one as in ${form.example}`)
  return value ?? ''
}
