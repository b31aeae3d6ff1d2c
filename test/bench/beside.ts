import { compare, run, type Step } from './measure'
import { type Backend, EXAMPLE_4, type Figure, NODE, type Setting } from './setting'

/** Rules of the kind that kube-proxy writes, all in front of ours. */
function foreign(count: number): string {
  const address = (at: number) => `10.${96 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`
  const rules = Array.from(
    { length: count },
    (_, at) =>
      `-A KUBE-SERVICES -d ${address(at)}/32 -p tcp -m comment --comment "default/service-${at} cluster IP" -m tcp --dport 8443 -j KUBE-MARK-MASQ\n`,
  )
  return [
    '*nat\n:KUBE-SERVICES - [0:0]\n:KUBE-MARK-MASQ - [0:0]\n',
    '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n',
    '-A PREROUTING -j KUBE-SERVICES\n-A OUTPUT -j KUBE-SERVICES\n',
    ...rules,
    'COMMIT\n',
  ].join('')
}

/** Working beside many foreign rules. */
export function besideOthers({ program, made, size, pairs }: Setting, backend: Backend): Figure[] {
  const tool = `iptables-${backend}`
  const options = [...EXAMPLE_4, '--backend', backend]
  const save: Step = { argv: [`${tool}-save`, '-t', 'nat'] }
  const document = made('document', ...EXAMPLE_4).text
  const restore: Step = { argv: [`${tool}-restore`, '--noflush'], input: document }
  const clean = [program('cleanup-iptables', '--backend', backend, '--ip-family', 'ipv4')]
  const count = size(5_000)
  const few = Math.min(pairs, 11)
  run({ argv: [`${tool}-restore`], input: '*nat\nCOMMIT\n' })
  run(program('iptables', ...options))
  run({ argv: [`${tool}-restore`], input: foreign(count) })
  const beside = `beside ${count.toLocaleString('en')} foreign rules`
  const applying = compare(
    { prepare: clean, steps: [program('iptables', ...options)] },
    { prepare: clean, steps: [NODE, save, restore, save] },
    few,
  )
  run(program('iptables', ...options))
  const checking = compare({ steps: [program('check', ...options)] }, { steps: [NODE, save] }, few)
  run({ argv: [`${tool}-restore`], input: '*nat\nCOMMIT\n' })
  return [
    { what: `${beside}, applying ÷ (node -e 0 + save + restore + save)`, backend, unit: 'ms', bound: 1.3, ...applying },
    { what: `${beside}, \`check\` ÷ (node -e 0 + save)`, backend, unit: 'ms', bound: 1.3, ...checking },
  ]
}
