import { count, sum } from '../kernel/harness/sidecar'
import type { Strip } from './gaps'

/** Connections that a strip shows. */
const SHOWN = 1_000
const WIDTH = 400
const LEFT = 190

/** Each way as a strip of connections, with those that escaped in red: what `gap-free.svg.hbs` shows. */
export function stripsView(strips: Strip[]) {
  return {
    shown: SHOWN.toLocaleString('en'),
    height: 50 + strips.length * 30,
    strips: strips.map(({ backend, way, turns }, at) => {
      const { proxy = 0, ...others } = count(turns)
      return {
        name: `${way}, ${backend}`,
        y: 40 + at * 30,
        text: 55 + at * 30,
        escapes: escapesOf(turns),
        escaped: sum(others).toLocaleString('en'),
        all: (proxy + sum(others)).toLocaleString('en'),
      }
    }),
  }
}

function escapesOf(turns: Strip['turns']) {
  const x = (connection: number) => (Math.min(connection, SHOWN) / SHOWN) * WIDTH
  const escapes: { x: string; width: string }[] = []
  let before = 0
  for (const [answer, times] of turns) {
    const width = x(before + times) - x(before)
    if (answer !== 'proxy' && width > 0) escapes.push({ x: (LEFT + x(before)).toFixed(1), width: width.toFixed(1) })
    before += times
  }
  return escapes
}
