import { once } from 'node:events'
import { chownSync, copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { workshop } from '../../workshop'
import type { Lab } from './lab'
import type { Namespace } from './namespace'
import { startPeer } from './peer'
import type { WebRequest } from './peer-web'
import { createPlaces, HOSTS, type Place } from './sidecar'

/** The command of a real proxy, in a folder that has what is in `fixtures/proxies`: one process, in the foreground. */
export const PROXIES = {
  nginx: 'nginx -e stderr -p . -c nginx.conf',
  haproxy: 'haproxy -db -f haproxy.cfg',
  squid: 'squid -N -d1 -f squid.conf',
}

export type SidecarProxy = keyof typeof PROXIES

/** A pod and the world, as in `Sidecar`, that speak HTTP: both serve 80, 443 and 8080, and the proxy is a real one. */
export interface Pod {
  app: Namespace
  /** Who answers a request, and by how many proxies it came there: `outside:80 via 1`. */
  fetch(from: Place, request: WebRequest): Promise<string>
  /** Starts the proxy as `UID:GID`, and gives what ends it. */
  start(proxy: SidecarProxy, owner: string): Promise<() => Promise<unknown>>
}

/**
 * Runs a command as somebody in a folder until the standard input ends, as it does too when the test run is killed. Its shared memory is
 * its own, since squid leaves some behind.
 */
const HOLD = `mount -t tmpfs tmpfs /dev/shm && cd "$1" || exit
setpriv --reuid="$2" --regid="$3" --clear-groups $4 < /dev/null & cat > /dev/null; kill -KILL $!; wait`
const ANY_PORT = 'echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start'
const OWNER = '1000:1000'

export async function createPod(lab: Lab): Promise<Pod> {
  const places = await createPlaces(lab)
  const peers = { app: startPeer(places.app, OWNER), outside: startPeer(places.outside, OWNER) }
  for (const place of ['app', 'outside'] as const) {
    lab.defer(peers[place].end)
    await places[place].must(['sh', '-c', ANY_PORT])
    await peers[place].serveWeb([80, 443, 8080])
  }
  return {
    app: places.app,
    fetch: async (from, request) => named(await peers[from].fetch(request)),
    async start(proxy, owner) {
      const { end, said } = startProxy(lab, places.app, proxy, owner)
      for (let tries = 0; tries < 500; tries++) {
        if (listens(places.app)) return end
        await setTimeout(20)
      }
      throw new Error(`${proxy} does not listen: ${said()}`)
    },
  }
}

function startProxy(lab: Lab, app: Namespace, proxy: SidecarProxy, owner: string) {
  const folder = workshop(proxy)
  const [uid = 0, gid = 0] = owner.split(':').map(Number)
  chownSync(folder, uid, gid)
  for (const file of readdirSync('fixtures/proxies')) {
    copyFileSync(join('fixtures/proxies', file), join(folder, file))
    chownSync(join(folder, file), uid, gid)
  }
  const child = app.start(['unshare', '-m', 'sh', '-c', HOLD, 'sh', folder, `${uid}`, `${gid}`, PROXIES[proxy]])
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (said += data))
  const ended = once(child, 'close')
  const end = () => {
    child.stdin?.end()
    return ended
  }
  lab.defer(end)
  return { end, said: () => said }
}

/** Whether port 9080 is open. Asked of the kernel: squid does not go on after a connection that was not redirected. */
const listens = (at: Namespace) =>
  ['tcp', 'tcp6'].some((table) => /:2378 \S+ 0A /.test(readFileSync(at.file.replace('ns/net', `net/${table}`), 'utf8')))

/** A request to a host that has a name: `outside:80`. */
export function requestTo(to: string, name: string, next?: WebRequest): WebRequest {
  const [host = '', port] = to.split(':')
  return { host: HOSTS[host] ?? host, port: Number(port), name, ...(next && { next }) }
}

const NAMES = Object.fromEntries(Object.entries(HOSTS).map(([name, address]) => [address, name]))

/** An answer, with the names of hosts in place of their addresses. */
const named = (answer: string) =>
  answer.replace(/([\da-f.:]+)(:\d+ via)/g, (_, address, rest) => `${NAMES[address] ?? address}${rest}`)
