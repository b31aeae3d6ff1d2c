/** Something to try, and where in a table its results are shown; others may be shown there too. */
export interface Job {
  row: string
  columns: string[]
  work(): Promise<Result[]>
}

export interface Result {
  row: string
  column: string
  state: 'passed' | 'failed' | 'skipped'
  /** Why it failed or was skipped. */
  detail?: string
}

/** A job that cannot be done. */
export const skipped = (row: string, columns: string[], detail: string): Job => ({
  row,
  columns,
  work: async () => columns.map((column) => ({ row, column, state: 'skipped', detail })),
})

/** Does jobs, so many at a time, and gives their results in the order of the jobs. Those that it is too late for are skipped. */
export async function work(jobs: Job[], lanes: number, isLate: () => boolean): Promise<Result[]> {
  const results: Result[][] = []
  const waiting = [...jobs.entries()]
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [at, job] = next
      const late = skipped(job.row, job.columns, 'no time was left for all of it')
      results[at] = await (isLate() ? late : job).work()
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return results.flat()
}

/** A table in Markdown; behind it each failure, and each reason why something was skipped, once. */
export function report(heading: string, results: Result[]): string {
  const rows = unique(results.map(({ row }) => row))
  const columns = unique(results.map(({ column }) => column))
  const cell = (row: string, column: string) =>
    describe(results.filter((result) => result.row === row && result.column === column))
  const lines = [
    [heading, ...columns],
    ['---', ...columns.map(() => '---')],
    ...rows.map((row) => [row, ...columns.map((column) => cell(row, column))]),
  ].map((cells) => `| ${cells.join(' | ')} |`)
  const details = results
    .filter(({ detail }) => detail)
    .map(({ row, column, state, detail }) => `${state}: ${state === 'failed' ? `${row}, ${column}: ` : ''}${detail}`)
  return `${lines.join('\n')}\n\n${unique(details)
    .map((detail) => `${detail.trimEnd()}\n\n`)
    .join('')}`
}

function describe(results: Result[]): string {
  const failed = count(results, 'failed')
  if (failed > 0) return `FAILED (${failed} of ${results.length})`
  if (count(results, 'passed') === 0) return results.length > 0 ? 'skipped' : ''
  return count(results, 'skipped') > 0 ? 'ok, in part' : 'ok'
}

/** The line that closes a run. */
export const total = (results: Result[]) =>
  `${count(results, 'passed')} passed, ${count(results, 'failed')} failed, ${count(results, 'skipped')} skipped\n`

const count = (results: Result[], state: Result['state']) => results.filter((result) => result.state === state).length

const unique = (texts: string[]) => [...new Set(texts)]
