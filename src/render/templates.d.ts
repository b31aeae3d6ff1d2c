/** A precompiled template: plain data in, text out; `data` is what it finds as `@NAME`. Throws for a field that is not there. */
declare module '*.hbs' {
  const render: (view: object, options?: { data: object }) => string
  export default render
}

/** The package's version, put in by the bundler. */
declare const VERSION: string
