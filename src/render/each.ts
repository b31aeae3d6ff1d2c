import Handlebars from 'handlebars/runtime'

/** `{{#each}}` without indices and keys. */
Handlebars.registerHelper(
  'each',
  function (this: unknown, list: unknown[], { fn, inverse, data }: Handlebars.HelperOptions) {
    return list.length === 0 ? inverse(this) : list.map((item) => fn(item, { data })).join('')
  },
)
