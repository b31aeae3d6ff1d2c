import Handlebars from 'handlebars/runtime'

/** `{{#each}}` without indices and keys; `@outer` is the object that the list was named in. */
Handlebars.registerHelper(
  'each',
  function (this: unknown, list: unknown[], { fn, inverse, data }: Handlebars.HelperOptions) {
    if (list.length === 0) return inverse(this)
    const inside = { data: { ...data, outer: this } }
    return list.map((item) => fn(item, inside)).join('')
  },
)
