import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The README, those of the folders, and what contributors read. */
export const DOCUMENTS = new Map(
  [
    'README.md',
    ...['.github', 'fixtures', 'src', 'templates', 'test'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /(^|\/)(README|CONTRIBUTING|SECURITY)\.md$/.test(name))
        .map((name) => join(folder, name))
        .sort(),
    ),
  ].map((file) => [file, readFileSync(file, 'utf8')]),
)

export interface Block {
  /** The document, and the heading that it stands under. */
  section: string
  language: string
  text: string
}

/** The fenced blocks, in order. */
export const BLOCKS: Block[] = [...DOCUMENTS].flatMap(([file, whole]) =>
  whole.split(/^(?=#{2,3} )/m).flatMap((part) => {
    const [, title = ''] = /^#+ (.*)/.exec(part) ?? []
    return [...part.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
      section: `${file}: ${title}`,
      language,
      text,
    }))
  }),
)

export const blocksOf = (language: string) => BLOCKS.filter((block) => block.language === language)

/** Manifests that are shown whole, under their names: those in YAML that begin with one. */
export const FILES = blocksOf('yaml').flatMap(({ text }) => {
  const name = /^# ([\w-]+\.yaml)\n/.exec(text)?.[1]
  return name ? [{ name, text }] : []
})

/** A command that a document shows, and what it prints there. */
export interface Step {
  command: string
  isRoot: boolean
  /** Stdout and stderr together; empty when nothing is shown of it. */
  output: string
}

/** The steps of a `console` block: `$` for anybody, `#` for root; a line that ends with a backslash goes on. */
function stepsOf(text: string): Step[] {
  return text.split(/^(?=[$#] )/m).map((part) => {
    const [, prompt, command = '', output = ''] = /^([$#]) ((?:[^\n]*\\\n)*[^\n]*)\n(.*)$/s.exec(part) ?? []
    return { command, isRoot: prompt === '#', output }
  })
}

/** What is shown to be typed, heading by heading; a `sh` block is typed line by line. */
export const SECTIONS = new Map<string, Step[]>()
for (const { section, language, text } of BLOCKS) {
  const lines = () => text.split('\n').filter(Boolean)
  const steps =
    language === 'console'
      ? stepsOf(text)
      : language === 'sh'
        ? lines().map((command) => ({ command, isRoot: false, output: '' }))
        : []
  if (steps.length > 0) SECTIONS.set(section, [...(SECTIONS.get(section) ?? []), ...steps])
}
