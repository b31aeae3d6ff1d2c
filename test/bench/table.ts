import type { Figure } from './setting'

/** The figures as a Markdown table. */
export function tableOf(figures: Figure[]): string {
  const rows = figures.map(({ what, backend = '', unit, one, other, ratio, bound }) => {
    const holds = bound === undefined ? '' : ratio <= bound ? 'holds' : '**exceeded**'
    const cells = [
      what,
      backend,
      `${short(one)} ${unit}`,
      `${short(other)} ${unit}`,
      ratio.toFixed(2),
      bound ?? '',
      holds,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return ['| what | backend | one | other | ratio | at most | |', '|---|---|---|---|---|---|---|', ...rows].join('\n')
}

const short = (number: number) => (number < 100 ? number.toPrecision(3) : String(Math.round(number)))
