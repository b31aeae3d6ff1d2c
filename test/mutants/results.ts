/** What became of the mutants, and what was judged of survivors. */
import { writeFileSync } from 'node:fs'
import type { Drawn } from './draw'

/** Why a survivor is no loss: the mutant is named by its file, the line that it changes, and the change. */
export interface Judgement {
  file: string
  line: string
  change: string
  reason: string
}

export interface Verdict {
  is: 'killed' | 'survived' | 'judged'
  /** The test file, the reason. */
  by: string
}

export interface Result {
  mutant: Drawn
  verdict: Verdict
}

export const judgementOf = ({ file, line, change }: Drawn, judged: Judgement[]): Judgement | undefined =>
  judged.find((each) => each.file === file && each.line === line && each.change === change)

const HEAD = `# Mutants

\`npm run mutants\` changes the product in one place at a time and runs the tests that run this place (the kernel tests are
left out), until one fails: the mutant is *killed*. A survivor either shows a test that is missing, or is judged in
\`judged.json\`. What does not compile is not drawn. This file is written by the command.
`

/** Writes the tables of results: by the kind of change, and by folder. */
export function writeTable(file: string, results: Result[]): void {
  const survivors = results
    .filter(({ verdict }) => verdict.is !== 'killed')
    .sort((one, other) => one.mutant.id - other.mutant.id)
    .map(
      ({ mutant, verdict }) =>
        `- \`${mutant.file}\`, ${code(mutant.line)}: ${code(mutant.change)}. ${reasonOf(verdict)}`,
    )
  const byKind = table('change', results, ({ mutant }) => mutant.mutator)
  const byFolder = table('folder', results, ({ mutant }) => mutant.file.split('/').slice(0, -1).join('/'))
  writeFileSync(file, [HEAD, byKind, byFolder, '## Survivors\n', ...survivors].join('\n').concat('\n'))
}

const reasonOf = ({ is, by }: Verdict) => (is === 'judged' ? by : 'Not judged.')

/** As code in Markdown, which may have backticks itself. */
const code = (text: string) => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``)

function table(title: string, results: Result[], groupOf: (result: Result) => string): string {
  const row = (name: string, some: Result[]) => {
    const killed = some.filter(({ verdict }) => verdict.is === 'killed').length
    return `| ${name} | ${some.length} | ${killed} | ${Math.round((100 * killed) / some.length)} % |`
  }
  const groups = [...new Set(results.map(groupOf))].sort()
  const rows = groups.map((group) =>
    row(
      group,
      results.filter((each) => groupOf(each) === group),
    ),
  )
  return [`| ${title} | mutants | killed | |`, '|---|---|---|---|', ...rows, row('**all**', results), ''].join('\n')
}
