import { analyze } from '../../src/engine/analyze'
import { HOOKS } from '../../src/engine/conditions'
import { diff } from '../../src/engine/diff'
import { interception } from '../../src/index'
import { wantedRules } from '../../src/render/render'
import { parseSaved } from '../../src/ruleset/parse'
import { asSaved, forFamily, type Ruleset } from '../../src/ruleset/ruleset'
import { median, megabytes } from './measure'
import { type Figure, type Setting, scattered } from './setting'

/** A table as kube-proxy writes it: a service has eight rules. */
export function kubeProxy(rules: number, other = 0): string {
  const chains: string[] = []
  const lines: string[] = []
  for (let at = 0; at < rules / 8; at++) {
    const address = `10.${96 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`
    const pod = `10.244.${(at >> 8) & 255}.${at & 255}`
    const port = 80 + (at % 7) + (at === 5 ? other : 0)
    chains.push(`:KUBE-SVC-${at} - [0:0]`, `:KUBE-SEP-${at}A - [0:0]`, `:KUBE-SEP-${at}B - [0:0]`)
    lines.push(
      `-A KUBE-SERVICES -d ${address}/32 -p tcp -m comment --comment "default/service-${at}" -m tcp --dport ${port} -j KUBE-SVC-${at}`,
      `-A KUBE-SVC-${at} ! -s 10.244.0.0/16 -d ${address}/32 -p tcp -m tcp --dport ${port} -j KUBE-MARK-MASQ`,
      `-A KUBE-SVC-${at} -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-${at}A`,
      `-A KUBE-SVC-${at} -j KUBE-SEP-${at}B`,
      `-A KUBE-SEP-${at}A -s ${pod}/32 -j KUBE-MARK-MASQ`,
      `-A KUBE-SEP-${at}A -p tcp -m tcp -j DNAT --to-destination ${pod}:8080`,
      `-A KUBE-SEP-${at}B -s ${pod}/32 -j KUBE-MARK-MASQ`,
      `-A KUBE-SEP-${at}B -p tcp -m tcp -j DNAT --to-destination ${pod}:8081`,
    )
  }
  return [
    '*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n:KUBE-MARK-MASQ - [0:0]',
    ...chains,
    '-A PREROUTING -j KUBE-SERVICES\n-A OUTPUT -j KUBE-SERVICES\n-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
    ...lines,
    'COMMIT\n',
  ].join('\n')
}

/** What it costs to decide, for tables of 1, 10 and 100 times the rules: both hooks. */
export function deciding({ size, pairs, file, written }: Setting): Figure[] {
  const times = Math.min(pairs, 5)
  const timeOf = (work: () => unknown) =>
    median(
      Array.from({ length: Math.max(1, times) }, () => {
        const start = performance.now()
        work()
        return performance.now() - start
      }),
    )
  const build = (ruleset: Ruleset) => () => HOOKS.map((hook) => analyze([ruleset], hook, 'ipv4'))
  const alone = (what: string, one: number, bound: number, unit: Figure['unit'] = 'ms'): Figure => ({
    what,
    unit,
    bound: 1,
    one,
    other: bound,
    ratio: one / bound,
  })
  const figures: Figure[] = []
  for (const factor of [1, 10, 100]) {
    const rules = size(500 * factor)
    const [old, later] = [kubeProxy(rules), kubeProxy(rules, 1)].map((text) => parseSaved(text)) as [Ruleset, Ruleset]
    const name = `a kube-proxy table of ${rules.toLocaleString('en')} rules`
    figures.push(alone(`deciding about ${name} ÷ the bound`, timeOf(build(old)), 1500))
    const compared = () => HOOKS.map((hook) => diff(analyze([old, later], hook, 'ipv4')))
    figures.push(alone(`… its diff ÷ the bound`, timeOf(compared), 3000))
  }
  const saved = written('kube.rules', kubeProxy(size(50_000)))
  const asked: [what: string, argv: string[]][] = [
    ['`explain` of a connection', ['explain', '--from', saved, ...'--out 10.96.0.1:81 --source 10.244.0.9'.split(' ')]],
    ['`explain`', ['explain', '--from', saved]],
    ['`diff`', ['diff', saved, saved]],
  ]
  for (const [what, argv] of asked)
    figures.push(alone(`… memory of ${what} ÷ the bound`, megabytes({ argv: [file, ...argv] }), 400, 'MB'))
  const many = interception({
    apisixUser: { uid: 501, gid: 20 },
    inboundPorts: scattered(size(10_000)),
    outboundPorts: scattered(size(10_000)),
  })
  const ours = asSaved(forFamily(wantedRules(many.interception), 'ipv4'))
  figures.push(
    alone(
      `deciding about ${size(10_000).toLocaleString('en')} ports of ours each way ÷ the bound`,
      timeOf(build(ours)),
      500,
    ),
  )
  return figures
}
