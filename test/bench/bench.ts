/**
 * `npm run bench [-- PAIRS]`: whole processes against what a user would run instead, side by side, on both backends. Prints
 * a table with each figure beside its bound, and writes it with plots to `test/bench/results/`. As root; `--smoke` runs all
 * of it once with little, judges nothing and writes nothing.
 */
import { spawnSync } from 'node:child_process'
import 'tsx/cjs'
import '../../src/build/register'
import { applying } from './applying'
import { besideOthers } from './beside'
import { type Curve, dataPath } from './data-path'
import { deciding } from './engine'
import { gaps, type Strip } from './gaps'
import { growth } from './growth'
import { write } from './results'
import { type Figure, settingFor } from './setting'
import { starting } from './starting'
import { tableOf } from './table'

/** Only rules in a network namespace of our own are touched: everything starts again inside one. */
if (!process.env.BENCH_NAMESPACE) {
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const { status } = spawnSync('unshare', ['-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...again], {
    env: { ...process.env, BENCH_NAMESPACE: '1' },
    stdio: 'inherit',
  })
  process.exit(status ?? 1)
}

async function main() {
  const isSmoke = process.argv.includes('--smoke')
  const setting = settingFor(isSmoke, isSmoke ? 1 : Number(process.argv[2] ?? 21))
  const figures: Figure[] = [...starting(setting), ...growth(setting), ...deciding(setting)]
  const curves: Curve[] = []
  const strips: Strip[] = []
  for (const backend of ['nft', 'legacy'] as const) {
    figures.push(...applying(setting, backend), ...besideOthers(setting, backend))
    const path = await dataPath(setting, backend)
    figures.push(...path.figures)
    curves.push(...path.curves)
    const gap = await gaps(setting, backend)
    figures.push(...gap.figures)
    strips.push(...gap.strips)
  }
  console.log(tableOf(figures))
  if (isSmoke) return
  write(figures, curves, strips)
  const exceeded = figures.filter(({ ratio, bound }) => bound !== undefined && ratio > bound)
  console.log(
    exceeded.length === 0 ? '\nall bounds hold' : `\n${exceeded.length} of ${figures.length} bounds are exceeded`,
  )
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
