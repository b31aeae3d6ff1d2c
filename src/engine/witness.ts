import type { Connection } from '../trace/connection'
import type { Analysis } from './analyze'
import type { Box } from './boxes'
import { addressOf, type Dimension, numberOf, type Value } from './conditions'

/** What a connection has where it is free to: the first that fits of what a reader takes for usual. */
const USUAL: Record<Exclude<Dimension, 'destination' | 'source'>, Value[]> = {
  port: [80, 443, 8080, 22],
  uid: [1000, 1001],
  gid: [1000, 1001],
  local: [1],
  interface: ['eth0', 'wlan0'],
  sourcePort: [50000, 50001],
}
const ADDRESSES = {
  ipv4: {
    destination: [numberOf('10.0.0.5'), numberOf('192.0.2.1')],
    source: [numberOf('192.0.2.7'), numberOf('10.0.0.7')],
  },
  ipv6: {
    destination: [numberOf('fd00::5'), numberOf('2001:db8::1')],
    source: [numberOf('2001:db8::7'), numberOf('fd00::7')],
  },
}

/** One connection of a box, everything of it known: usual where the box allows it. Undefined where facts decide. */
export function witnessOf(box: Box, { logic: { space }, hook, family }: Analysis): Connection | undefined {
  if ([...box.keys()].some((dimension) => 'fact' in space.nameOf(dimension))) return undefined
  const chosen = (name: Dimension): Value => {
    const usual = name === 'destination' || name === 'source' ? ADDRESSES[family][name] : USUAL[name]
    const cells = box.get(space.indexOf(name))
    const isIn = (cell: number) => !cells || cells.some(([first, last]) => first <= cell && cell <= last)
    const found = usual.find((value) => isIn(space.cellOf(name, value)))
    if (found !== undefined) return found
    // A name with nothing behind it is no interface, but the first cell begins with it.
    const [first] = cells?.find(([from]) => space.rangeOf(name, from)[0] !== '') ?? cells?.[0] ?? [0]
    const [from, to] = space.rangeOf(name, first)
    // The first address of a network is not that of a machine.
    if (typeof from === 'bigint') return to === from + 1n ? from : from + 1n
    return name in ADDRESSES[family] && to !== (from as number) + 1 ? (from as number) + 1 : from
  }
  const isOut = hook === 'OUTPUT'
  const address = addressOf(chosen('destination') as number | bigint)
  const isLoopback = family === 'ipv4' ? address.startsWith('127.') : address === '::1'
  const name = isOut && isLoopback ? 'lo' : String(chosen('interface'))
  return {
    way: isOut ? 'out' : 'in',
    family,
    to: { address, port: Number(chosen('port')) },
    from: { address: addressOf(chosen('source') as number | bigint), port: Number(chosen('sourcePort')) },
    interface: name,
    isLocal: isOut ? name === 'lo' : chosen('local') === 1,
    uid: isOut ? Number(chosen('uid')) : undefined,
    gid: isOut ? Number(chosen('gid')) : undefined,
  }
}
