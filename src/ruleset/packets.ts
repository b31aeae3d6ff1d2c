/** The packets that each rule of a table has matched, chain by chain, in the order of the rules. */
export type Packets = Map<string, number[]>

/** The packets of each rule in what `iptables-save -c -t nat` printed: one table, whose rules all have counters. */
export function parsePackets(text: string): Packets {
  const packets: Packets = new Map()
  for (const [, count, chain = ''] of text.matchAll(/^\[(\d+):\d+\] -A (\S+)/gm))
    if (packets.has(chain)) packets.get(chain)?.push(Number(count))
    else packets.set(chain, [Number(count)])
  return packets
}
