import type { Diagnostics } from '../diagnostics/diagnostics'
import { suggestion } from '../diagnostics/suggestion'
import { INTERCEPTION_OPTIONS, type InterceptionOption } from '../interception/options'
import { flagOf, type OptionInput } from '../options/input'
import { readChoice } from '../options/values'
import type { Pod } from './manifest'

/** What our annotations start with. */
export const ANNOTATION = 'apisix-mesh-agent/'

/** The options that a pod may set for itself, by their annotations. */
const OPTIONS = new Map<string, InterceptionOption>(
  INTERCEPTION_OPTIONS.filter((name) => name !== 'root').map((name) => [flagOf(name).slice(2), name]),
)

/** An item of a list that names a file. */
const HAS_FILE = /(?:^|[,:;])\s*@/

/** What the annotations of a pod say: whether something is injected, and options that take the place of the command line's. */
export function readAnnotations(
  { annotations }: Pod,
  diagnostics: Diagnostics,
): { isOn: boolean; options: Map<InterceptionOption, OptionInput> } {
  let isOn = true
  const options = new Map<InterceptionOption, OptionInput>()
  for (const [name, given] of Object.entries(annotations).filter(([name]) => name.startsWith(ANNOTATION))) {
    const value = String(given)
    const option = OPTIONS.get(name.slice(ANNOTATION.length))
    const input = { name, values: [value] }
    if (name === `${ANNOTATION}inject`) isOn = readChoice(input, ['true', 'false'], diagnostics) !== 'false'
    else if (!option) {
      const near = suggestion(
        name,
        ['inject', ...OPTIONS.keys()].map((each) => ANNOTATION + each),
      )
      diagnostics.error(name, value, `is the value of an annotation that inject does not know${near}`)
    } else if (HAS_FILE.test(value))
      diagnostics.error(name, value, 'names a file, which an annotation cannot', 'Write the items out')
    else options.set(option, input)
  }
  return { isOn, options }
}
