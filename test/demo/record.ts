/**
 * `npm run demo:record`: plays the demo and writes it as a picture that moves, `test/demo/demo.svg`. What it shows is what was printed;
 * how fast it shows it is set here.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Handlebars from 'handlebars'

/** Characters of a line, lines of the terminal, and the pixels of each. */
const [COLUMNS, ROWS] = [100, 24]
const [LINE_HEIGHT, WIDTH] = [18, 800]
/** Seconds from one line to the next, before a title, after a command, and at the end. */
const [LINE, TITLE, COMMAND, END] = [0.08, 1.5, 0.6, 5]

const ESC = String.fromCharCode(27)
const CLASSES: Record<string, string> = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 36: 'cyan' }

interface Part {
  style: string
  text: string
}

/** A line as parts of one style each, cut into rows of the terminal. */
function rowsOf(line: string): Part[][] {
  const rows: Part[][] = [[]]
  const styles = new Set<string>()
  let column = 0
  for (const [, code, text = ''] of line.matchAll(new RegExp(`${ESC}\\[(\\d+)m|([^${ESC}]+)`, 'g'))) {
    if (code !== undefined) {
      if (CLASSES[code]) styles.add(CLASSES[code])
      else if (code === '22') for (const each of ['bold', 'dim']) styles.delete(each)
      else for (const each of ['red', 'green', 'yellow', 'cyan']) styles.delete(each)
      continue
    }
    for (let from = 0; from < text.length; ) {
      if (column === COLUMNS) {
        rows.push([])
        column = 0
      }
      const piece = text.slice(from, from + COLUMNS - column)
      rows.at(-1)?.push({ style: [...styles].join(' '), text: piece })
      from += piece.length
      column += piece.length
    }
  }
  return rows
}

/** The rows with the time at which each appears, and how far the terminal has scrolled then. */
function frames(printed: string) {
  const rows: { at: number; y: number; parts: Part[] }[] = []
  const scrolls: { at: number; by: number }[] = [{ at: 0, by: 0 }]
  let at = 0
  for (const line of printed.trimEnd().split('\n')) {
    at += line.includes(`${ESC}[36m`) ? TITLE : LINE
    for (const parts of rowsOf(line)) {
      rows.push({ at, y: (rows.length + 1) * LINE_HEIGHT, parts })
      if (rows.length > ROWS) scrolls.push({ at, by: (rows.length - ROWS) * LINE_HEIGHT })
    }
    if (line.startsWith(`${ESC}[2m#`)) at += COMMAND
  }
  const total = at + END
  return {
    width: WIDTH,
    height: ROWS * LINE_HEIGHT + 24,
    total: total.toFixed(1),
    rows: rows.map((row) => ({ ...row, at: row.at.toFixed(2) })),
    scrolls: [...scrolls, { at: total, by: scrolls.at(-1)?.by ?? 0 }].map(({ at, by }) => ({
      percent: ((at / total) * 100).toFixed(2),
      by,
    })),
  }
}

const { status, stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, join(__dirname, 'demo.ts')], {
  encoding: 'utf8',
  env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: '' },
})
if (status !== 0) throw new Error(stderr)
const template = Handlebars.compile(readFileSync(join(__dirname, 'demo.svg.hbs'), 'utf8'), { strict: true })
writeFileSync(join(__dirname, 'demo.svg'), template(frames(stdout)))
