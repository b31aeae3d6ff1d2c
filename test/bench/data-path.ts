import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { median, type Ratio, run } from './measure'
import { type Backend, type Figure, type Setting, scattered } from './setting'

/** A new connection's time in µs, by the number of ports that are intercepted, for the plot. */
export interface Curve {
  backend: Backend
  name: (typeof WAYS)[number]
  points: [ports: number, microseconds: number][]
}

const WAYS = ['one rule a port', '--compact'] as const
const SIZES = [2, 100, 1_000, 10_000]
const SERVER = "require('net').createServer((s) => s.on('error', () => {})).listen(9080, () => console.log('up'))"

/** What new connections to the last of many ports cost: all are sent to the proxy over loopback, here and there in turn. */
export async function dataPath(
  { made, size, pairs }: Setting,
  backend: Backend,
): Promise<{ figures: Figure[]; curves: Curve[] }> {
  const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(server.stdout, 'data')
  const connections = size(2_000)
  const rules = (count: number, ...more: string[]) => {
    const ports = scattered(count)
    const { text } = made('rules', '--apisix-user', '501:20', '--outbound-ports', ports.join(), ...more)
    const load = () => run({ argv: [`iptables-${backend}-restore`], input: text })
    return async () => {
      load()
      return microseconds(ports.at(-1) as number, connections)
    }
  }
  const inTurn = async (one: () => Promise<number>, other: () => Promise<number>): Promise<Ratio> => {
    const both: [number, number][] = []
    for (let pair = 0; pair < Math.min(pairs, 7); pair++) both.push([await one(), await other()])
    return {
      one: median(both.map(([a]) => a)),
      other: median(both.map(([, b]) => b)),
      ratio: median(both.map(([a, b]) => a / b)),
    }
  }
  const two = rules(2, '--compact')
  const [thousand, many] = [size(1_000), size(10_000)]
  const compact = rules(many, '--compact')
  const last = (count: number) => `connecting to the last of ${count.toLocaleString('en')} ports, \`--compact\``
  const figure = async (
    what: string,
    bound: number,
    one: () => Promise<number>,
    other: () => Promise<number>,
  ): Promise<Figure> => ({
    what,
    backend,
    unit: 'µs',
    bound,
    ...(await inTurn(one, other)),
  })
  try {
    await two()
    const figures = [
      await figure(`${last(thousand)} ÷ of two`, 1.15, rules(thousand, '--compact'), two),
      await figure(`${last(many)} ÷ of two`, 2.5, compact, two),
      await figure(`${last(many)} ÷ one rule a port`, 0.5, compact, rules(many)),
    ]
    const points = WAYS.flatMap((name) =>
      SIZES.map(size).map((count) => ({
        name,
        count,
        connect: rules(count, ...(name === '--compact' ? [name] : [])),
        times: [] as number[],
      })),
    )
    // What disturbs one round disturbs all of its points.
    for (let round = 0; round < Math.min(pairs, 5); round++)
      for (const { connect, times } of points) times.push(await connect())
    const curves = WAYS.map((name): Curve => {
      const own = points.filter((each) => each.name === name)
      return { backend, name, points: own.map(({ count, times }) => [count, median(times)]) }
    })
    return { figures, curves }
  } finally {
    server.kill()
    run({ argv: [`iptables-${backend}-restore`], input: '*nat\nCOMMIT\n' })
  }
}

/** The median time of a connection, one after the other. */
async function microseconds(port: number, connections: number): Promise<number> {
  const times: number[] = []
  for (let made = 0; made < connections; made++) {
    const start = process.hrtime.bigint()
    const socket = connect({ host: '127.0.0.1', port })
    await once(socket, 'connect')
    times.push(Number(process.hrtime.bigint() - start) / 1e3)
    socket.resetAndDestroy()
  }
  return median(times)
}
