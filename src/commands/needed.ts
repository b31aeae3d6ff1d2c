import type { Diagnostics } from '../diagnostics/diagnostics'
import { single } from '../interception/values'
import type { OptionInput } from '../options/input'
import type { Form, Format } from '../render/formats'
import type { Output } from './output'

/** The value of an option that one format needs and no other takes; the environment may hold it all the same. */
export function readFor(
  output: Output,
  format: Format,
  given: OptionInput,
  form: Form,
  diagnostics: Diagnostics,
): string {
  const value = single(given, diagnostics)
  const isFlag = given.name.startsWith('--') && value !== undefined
  if (output.format !== format && isFlag) diagnostics.error(given.name, value, `applies to --format ${format} only`)
  if (output.format === format && value === undefined)
    diagnostics.error('--format', format, `needs ${given.name}`, `Use ${given.name} ${form.example}`)
  else if (output.format === format && !form.pattern.test(value ?? ''))
    diagnostics.error(given.name, value ?? '', form.problem, `Use one as in ${form.example}`)
  return value ?? ''
}
