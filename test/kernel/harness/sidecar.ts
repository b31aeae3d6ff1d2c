import type { Lab } from './lab'
import { join, type Namespace } from './namespace'
import { type Peer, startPeer } from './peer'
import type { Turn } from './peer-process'
import type { Tools } from './tools'

/** The ports of the application, and of the world outside. */
export const SERVED = [22, 80, 443, 8080, 8443]

export const HOSTS: Record<string, string> = {
  outside: '10.77.0.1',
  app: '10.77.0.2',
  alias: '10.77.0.3',
  localhost: '127.0.0.1',
  loopback2: '127.0.0.2',
  outside6: 'fd77::1',
  app6: 'fd77::2',
  localhost6: '::1',
}

export type Place = 'app' | 'outside'

/** Whose traffic is the proxy's: alex's, 501:20; the application and the callers are others. */
export const ALEX = 'app 501:20'
export const UID_OF_ALEX = 'app 501:1000'
export const GID_OF_ALEX = 'app 1000:20'
export const APPLICATION = 'app 1000:1000'
export const CALLER = 'outside 1000:1000'

/** One who connects, `app 1000:1000`, where to, `outside:80`, and who has to answer. */
export type Connection = [from: `${Place} ${number}:${number}`, to: `${string}:${number}`, answer: string]

/**
 * A pod and the world: `app` holds the application and the proxy and is where rules go, `outside` is a host beside it.
 *
 * Whoever is reached says so: `proxy` (9080), `capture` (9081), or as itself, `app:80`, `outside:80`.
 */
export interface Sidecar {
  app: Namespace
  /** The connections, each with the answer that it really had. */
  connect(connections: Connection[]): Promise<Connection[]>
  /** Connects and keeps the connection; gives who answered, and a way to ask again over it. */
  hold(from: Connection[0], to: Connection[1]): Promise<[answer: string, again: () => Promise<string>]>
  /** Connects in a tight loop until it is told to stop; then gives the answers in their order. */
  loop(from: Connection[0], to: Connection[1]): Promise<() => Promise<Turn[]>>
}

const ROOT = 'app 0:0'

/** The two hosts, joined; nobody listens yet. */
export async function createPlaces(lab: Lab, tools?: Tools): Promise<Record<Place, Namespace>> {
  const places = { app: await lab.namespace(tools), outside: await lab.namespace() }
  await join(
    [places.outside, places.app],
    [
      ['10.77.0.1/24', 'fd77::1/64'],
      ['10.77.0.2/24', '10.77.0.3/24', 'fd77::2/64'],
    ],
  )
  return places
}

/** @param proxy who the proxy runs as: as root it is a process together with the application, which is faster */
export async function createSidecar(lab: Lab, tools?: Tools, proxy: string = ROOT): Promise<Sidecar> {
  const places = await createPlaces(lab, tools)
  const peers = new Map<string, Peer>()

  function peer(from: string): Peer {
    const [place, owner] = from.split(' ') as [Place, string]
    const one = peers.get(from) ?? startPeer(places[place], owner)
    if (!peers.has(from)) lab.defer(one.end)
    peers.set(from, one)
    return one
  }
  const where = (to: string): [string, number] => [HOSTS[to.split(':')[0] ?? ''] ?? to, Number(to.split(':')[1])]
  const words = (place: Place) => Object.fromEntries(SERVED.map((port) => [port, `${place}:${port}`]))

  await peer(ROOT).listen(words('app'))
  await peer(proxy).listen({ 9080: 'proxy', 9081: 'capture' })
  await peer('outside 0:0').listen(words('outside'))
  return {
    app: places.app,
    connect: (connections) =>
      Promise.all(
        connections.map(async ([from, to]): Promise<Connection> => [from, to, await peer(from).connect(...where(to))]),
      ),
    hold: async (from, to) => [await peer(from).hold(...where(to)), peer(from).talk],
    loop: (from, to) => peer(from).loop(...where(to)),
  }
}

/** How often each answer came. */
export function count(turns: Turn[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [answer, times] of turns) counts[answer] = (counts[answer] ?? 0) + times
  return counts
}

export const sum = (counts: Record<string, number>) => Object.values(counts).reduce((one, two) => one + two, 0)
