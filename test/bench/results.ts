import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import Handlebars from 'handlebars'
import type { Curve } from './data-path'
import type { Strip } from './gaps'
import type { Figure } from './setting'
import { stripsView } from './strips'
import { tableOf } from './table'

const RESULTS = join(__dirname, 'results')
/** Where the table is shown. */
const README = join(__dirname, 'README.md')
const SHOWN = /<!-- figures -->.*<!-- end of figures -->/s
const WIDTH = 400
const HEIGHT = 240
const COLORS = ['#1f77b4', '#aec7e8', '#d62728', '#ff9896']

/** Writes the table as Markdown, into the README too, and the plots as SVG. */
export function write(figures: Figure[], curves: Curve[], strips: Strip[]): void {
  mkdirSync(RESULTS, { recursive: true })
  const machine = `Node.js ${process.version}, Linux ${release().split('-')[0]}, ${cpus().length} CPUs; medians of pairs of runs in turn.`
  const text = `${tableOf(figures)}\n\n${machine}\n`
  writeFileSync(join(RESULTS, 'bench.md'), text)
  writeFileSync(
    README,
    readFileSync(README, 'utf8').replace(SHOWN, () => `<!-- figures -->\n${text}<!-- end of figures -->`),
  )
  writeFileSync(join(RESULTS, 'figures.svg'), render('figures', figuresView(figures)))
  writeFileSync(join(RESULTS, 'data-path.svg'), render('data-path', curvesView(curves)))
  writeFileSync(join(RESULTS, 'gap-free.svg'), render('gap-free', stripsView(strips)))
}

const render = (name: string, view: object) =>
  Handlebars.compile(readFileSync(join(__dirname, `${name}.svg.hbs`), 'utf8'), { strict: true })(view)

/** Each figure as a bar, as long as the share of its bound that it takes. */
function figuresView(figures: Figure[]) {
  const bounded = figures.filter((figure) => figure.bound)
  const bars = bounded.map(({ what, backend = '', ratio, bound = 1 }, at) => ({
    y: 20 + at * 18,
    width: Math.min(WIDTH * 1.2, (ratio / bound) * WIDTH).toFixed(1),
    color: ratio <= bound ? '#2ca02c' : '#d62728',
    text: `${what.replaceAll('`', '')}${backend && ` (${backend})`}`,
    value: `${ratio.toFixed(2)} of ${bound}`,
  }))
  return { bars, height: 30 + bars.length * 18, bound: WIDTH }
}

/** Ports to the right, on a logarithmic scale, and µs upwards. */
function curvesView(curves: Curve[]) {
  const most = Math.max(...curves.flatMap(({ points }) => points.map(([, time]) => time)))
  const sizes = curves[0]?.points.map(([ports]) => ports) ?? []
  const x = (ports: number) => (Math.log10(ports / 2) / Math.log10((sizes.at(-1) ?? 2) / 2)) * WIDTH
  const y = (time: number) => HEIGHT - (time / most) * HEIGHT
  return {
    width: WIDTH,
    height: HEIGHT,
    most: Math.round(most),
    ticks: sizes.map((ports) => ({ x: x(ports).toFixed(1), text: ports.toLocaleString('en') })),
    curves: curves.map(({ backend, name, points }, at) => ({
      color: COLORS[at],
      y: 20 + at * 16,
      text: `${name}, ${backend}`,
      points: points.map(([ports, time]) => `${x(ports).toFixed(1)},${y(time).toFixed(1)}`).join(' '),
    })),
  }
}
