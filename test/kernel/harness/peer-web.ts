import { createServer, get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

/** A request of HTTP: where to, what for, and another one that the server makes before it answers. */
export interface WebRequest {
  host: string
  port: number
  name: string
  next?: WebRequest
}

/** Milliseconds after which nobody answers any more. */
const PATIENCE = 5_000

/** Serves on a port. Each request is told where it came to, and how many proxies it came by: `10.77.0.1:80 via 1`. */
export function serveWeb(port: number): Promise<number> {
  const server = createServer(async (request, response) => {
    const next = request.headers['x-next']
    const own = `${request.socket.localAddress?.replace('::ffff:', '')}:${port} via ${hopsOf(request)}`
    response.end(next ? `${own}, ${await fetchFrom(JSON.parse(`${next}`))}` : own)
  })
  return new Promise((resolve, reject) => server.on('error', reject).listen(port, () => resolve(port)))
}

/** Every proxy appends itself to this header. */
const hopsOf = ({ headers }: IncomingMessage) => (headers.via ?? '').split(',').filter((each) => each.trim()).length

/** What the server says, or the status of an error: `508`, `ECONNREFUSED`. */
export function fetchFrom({ host, port, name, next }: WebRequest): Promise<string> {
  const headers = { host: name, ...(next && { 'x-next': JSON.stringify(next) }) }
  return new Promise((resolve) => {
    get({ host, port, headers, agent: false, timeout: PATIENCE })
      .on('response', async (response) => {
        const body = await text(response).catch(({ code }) => `${code}`)
        resolve(response.statusCode === 200 ? body : `${response.statusCode}`)
      })
      .on('timeout', () => resolve('ETIMEDOUT'))
      .on('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'error'))
  })
}
