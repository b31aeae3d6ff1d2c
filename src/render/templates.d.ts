/** A precompiled template: plain data in, text out. Throws for a field that the data lacks. */
declare module '*.hbs' {
  const render: (view: object) => string
  export default render
}

/** The package's version, put in by the bundler. */
declare const VERSION: string
