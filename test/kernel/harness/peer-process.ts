import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fetchFrom, serveWeb, type WebRequest } from './peer-web'

/** What a peer is told to do, a line of JSON each; it answers in the order of the orders. */
export type Order =
  | { do: 'listen'; words: Record<number, string> }
  | { do: 'connect'; host: string; port: number }
  | { do: 'hold'; host: string; port: number }
  | { do: 'talk' }
  | { do: 'loop'; host: string; port: number }
  | { do: 'stop' }
  | { do: 'serve-web'; ports: number[] }
  | { do: 'fetch'; request: WebRequest }

/** So many connections in a row had this answer. */
export type Turn = [answer: string, connections: number]

/** Milliseconds after which nobody answers any more. */
const PATIENCE = 3_000

const turns: Turn[] = []
let looping = false
let looped = Promise.resolve()

function obey(order: Order): unknown {
  if (order.do === 'listen') return Promise.all(Object.entries(order.words).map(([port, word]) => serve(+port, word)))
  if (order.do === 'connect') return answerOf(order.host, order.port)
  if (order.do === 'hold') return hold(order.host, order.port)
  if (order.do === 'talk') return talk()
  if (order.do === 'stop') return stop()
  if (order.do === 'serve-web') return Promise.all(order.ports.map(serveWeb))
  if (order.do === 'fetch') return fetchFrom(order.request)
  looped = loop(order.host, order.port)
  return 'looping'
}

function serve(port: number, word: string) {
  const server = createServer((socket) => {
    socket.on('error', () => {}).on('data', () => socket.write(word))
    socket.write(word)
  })
  return new Promise((resolve, reject) => server.on('error', reject).listen(port, () => resolve(port)))
}

let held: Line | undefined

/** A connection, and the next thing that comes over it: a word, or why there is none. */
interface Line {
  socket: Socket
  next(): Promise<string>
}

function dial(host: string, port: number): Line {
  const socket = connect({ host, port })
  let hear = (_answer: string) => {}
  socket.on('error', ({ code }: NodeJS.ErrnoException) => hear(code ?? 'error'))
  socket.on('close', () => hear('closed'))
  socket.on('data', (data) => hear(`${data}`))
  const next = () =>
    new Promise<string>((resolve) => {
      const timer = setTimeout(() => resolve('ETIMEDOUT'), PATIENCE)
      hear = (answer) => {
        clearTimeout(timer)
        resolve(answer)
      }
    })
  return { socket, next }
}

function hold(host: string, port: number) {
  held = dial(host, port)
  return held.next()
}

/** Sends something over the connection that is kept. */
function talk() {
  held?.socket.write('and?')
  return held?.next()
}

/** Ends with a reset, which leaves no TIME_WAIT: ports do not run out, however many connections there are. */
async function answerOf(host: string, port: number): Promise<string> {
  const { socket, next } = dial(host, port)
  const answer = await next()
  socket.resetAndDestroy()
  return answer
}

async function loop(host: string, port: number) {
  for (looping = true; looping; ) {
    const answer = await answerOf(host, port)
    const last = turns.at(-1)
    if (last?.[0] === answer) last[1]++
    else turns.push([answer, 1])
  }
}

async function stop() {
  looping = false
  await looped
  return turns.splice(0)
}

const lines = createInterface(process.stdin).on('close', () => process.exit())
let previous: Promise<unknown> = Promise.resolve()
lines.on('line', (line) => {
  const result = obey(JSON.parse(line))
  previous = previous.then(async () => console.log(JSON.stringify((await result) ?? null)))
})
