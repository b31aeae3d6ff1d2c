import { readFileSync } from 'node:fs'

export const README = readFileSync('README.md', 'utf8')

export interface Block {
  /** The heading that it stands under. */
  section: string
  language: string
  text: string
}

/** The fenced blocks of the README, in order. */
export const BLOCKS: Block[] = README.split(/^(?=#{2,3} )/m).flatMap((part) => {
  const [, section = ''] = /^#+ (.*)/.exec(part) ?? []
  return [...part.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    section,
    language,
    text,
  }))
})

export const blocksOf = (language: string) => BLOCKS.filter((block) => block.language === language)

/** Files that it shows whole, under their names: those in YAML that begin with one. */
export const FILES = blocksOf('yaml').flatMap(({ text }) => {
  const name = /^# (\S+\.yaml)\n/.exec(text)?.[1]
  return name ? [{ name, text }] : []
})

/** A command that the README shows, and what it prints there. */
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

/** What the README shows to be typed, heading by heading; a `sh` block is typed line by line. */
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
