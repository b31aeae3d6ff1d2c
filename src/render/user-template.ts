import { runInNewContext } from 'node:vm'
import Handlebars from 'handlebars'

/** What a user's template may do besides naming fields. `log` would write to stdout, where rules are expected. */
const HELPERS = { each: true, if: true, unless: true, with: true, lookup: true, log: false } as unknown as KnownHelpers

/**
 * Renders a template of the user's own over a view of plain data.
 *
 * A field that the view lacks is an error, in blocks and lookups too; nothing outside the view can be reached, and there are no
 * helpers besides Handlebars' own blocks, no partials but its own. Throws an Error that says what is wrong with the template.
 */
export function renderUserTemplate(source: string, view: object): string {
  const handlebars = Handlebars.create()
  const template = handlebars.compile(source, {
    noEscape: true,
    strict: true,
    knownHelpers: HELPERS,
    knownHelpersOnly: true,
  })
  const render = () =>
    template(sealed(view), { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false })
  return withinTime(render)
}

/** In milliseconds: nested lists of lists make work without end out of a few bytes. */
const LONGEST = 5_000

/** What a function gives. Throws when it takes too long; Ctrl-C ends it at once. */
function withinTime(work: () => string): string {
  try {
    return runInNewContext('work()', { work }, { timeout: LONGEST, breakOnSigint: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new Error(`it takes longer than ${LONGEST / 1000} s`)
    throw error
  }
}

/** The same data, which throws when it is asked for a field that it lacks: `{{#each lsit}}` would render nothing. */
function sealed<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  const fields = (Array.isArray(value) ? value.map(sealed) : mapped(value)) as Record<string, unknown>
  const names = Object.keys(fields).join(', ')
  const isKnown = (name: string | symbol) => {
    if (typeof name === 'symbol' || Object.hasOwn(fields, name)) return true
    throw new Error(`there is no field ${JSON.stringify(name)}: there are ${names}`)
  }
  const noText = () => {
    throw new Error(`a group of fields is no text: name one of ${names}`)
  }
  return new Proxy(fields, {
    has: (_, name) => isKnown(name),
    get: (target, name) => (name === Symbol.toPrimitive ? noText : isKnown(name) && Reflect.get(target, name)),
    getOwnPropertyDescriptor: (target, name) =>
      isKnown(name) ? Reflect.getOwnPropertyDescriptor(target, name) : undefined,
  }) as T
}

const mapped = (value: object) =>
  Object.fromEntries(Object.entries(value).map(([name, field]) => [name, sealed(field)]))
