import { render } from '../../src/index'
import { parseSaved } from '../../src/ruleset/parse'
import { parseRules } from '../../src/ruleset/read-any'
import { transaction } from '../../src/ruleset/transaction'
import { median, ratioOf } from './measure'
import { type Figure, type Setting, scattered } from './setting'

const SMALL = 100

/** The parser and the transaction take so long a rule, however many there are: 10 and 100 times as many against as many. */
export function growth({ size, pairs }: Setting): Figure[] {
  const timeOf = (work: () => unknown) => {
    const start = process.hrtime.bigint()
    work()
    return Number(process.hrtime.bigint() - start) / 1e6
  }
  const perRule = (work: (count: number) => () => unknown, factor: number) => {
    const [one, other] = [work(SMALL * factor), work(SMALL)]
    // As much work on both sides.
    const often = () => timeOf(() => Array.from({ length: factor }, other))
    return ratioOf(() => [median([timeOf(one), timeOf(one), timeOf(one)]), median([often(), often(), often()])], pairs)
  }
  const options = (count: number) => ({ apisixUser: { uid: 501, gid: 20 }, inboundPorts: scattered(count) })
  const saved = (count: number) =>
    render(options(count))
      .replaceAll('--dport', '-m tcp --dport')
      .replace('*nat\n', '*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n')
  const wanted = (count: number) =>
    parseRules(
      render(options(count))
        .replace(/^:(\S+).*$/gm, '-N $1')
        .replace(/^(\*nat|COMMIT)\n/gm, ''),
    )
  const works: [string, (count: number) => () => unknown][] = [
    [
      'parsing',
      (count) =>
        (
          (text) => () =>
            parseSaved(text)
        )(saved(count)),
    ],
    [
      'the transaction',
      (count) =>
        (
          (live, rules) => () =>
            transaction(live, rules)
        )(parseSaved(saved(count)), wanted(count)),
    ],
  ]
  return works.flatMap(([what, work]) =>
    [10, size(100)].map(
      (factor): Figure => ({
        what: `${what} of ${(SMALL * factor).toLocaleString('en')} rules ÷ ${factor} times that of ${SMALL}`,
        unit: 'ms',
        bound: 1.5,
        ...perRule(work, factor),
      }),
    ),
  )
}
