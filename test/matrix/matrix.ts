/**
 * `npm run matrix`: versions of Node.js, and of iptables beside the one of this machine; prints what works as tables. `--short` is
 * the part that takes no more than a minute. What cannot be downloaded is skipped. Ends with 1 when something failed.
 */
import '../../src/build/register'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { find } from '../../src/system/find'
import { exec, succeeded } from '../kernel/harness/exec'
import { watchLeftovers } from '../leftovers'
import { CACHE, downloads, type Version } from './downloads'
import { iptablesJobs } from './iptables'
import { nodeJobs } from './node'
import { type Result, report, total, work } from './report'

const NODES = ['22', '24', '26']
const DEBIANS = { bullseye: 'Debian 11', trixie: 'Debian 13', unstable: 'Debian unstable' }

const isShort = process.argv.includes('--short')
/** How long downloads may take, and when nothing more is begun, in milliseconds from the start. */
const LIMITS_MS = isShort ? { download: 28_000, begin: 45_000 } : { download: 600_000, begin: Number.POSITIVE_INFINITY }

const leftovers = watchLeftovers()
Object.assign(process.env, leftovers.env)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
// After the handler that removes what is temporary.
process.on('exit', () => {
  const left = leftovers.end()
  for (const each of left) process.stdout.write(`left behind: ${each}\n`)
  if (left.length > 0) process.exitCode = 1
})

async function main() {
  const { node, iptables } = downloads(LIMITS_MS.download)
  const tool = 'iptables-nft'
  const [nodes, others, here] = await Promise.all([
    inTurn(NODES, (major) => versionIn(node(major), 'node', `Node.js ${major}`)),
    inTurn(Object.entries(DEBIANS), ([suite, name]) => versionIn(iptables(suite), tool, name, ` (${name})`)),
    versionIn(installed(tool), tool, 'iptables', ' (installed here)'),
  ])
  const isLate = () => performance.now() > LIMITS_MS.begin
  // All pure tests use all processors.
  const tables = [
    { heading: 'iptables', jobs: iptablesJobs(here, others, isShort), lanes: availableParallelism() },
    { heading: 'Node.js', jobs: nodeJobs(nodes, isShort), lanes: isShort ? availableParallelism() : 1 },
  ]
  const all: Result[] = []
  for (const { heading, jobs, lanes } of tables) {
    const results = await work(jobs, lanes, isLate)
    process.stdout.write(report(heading, results))
    all.push(...results)
  }
  process.stdout.write(`Downloads are kept in ${CACHE}.\n\n${total(all)}`)
  if (all.some(({ state }) => state === 'failed')) process.exitCode = 1
}

/** One after the other, so that where time is short some are there in the end, and the others the next time. */
async function inTurn<T>(items: T[], find: (item: T) => Promise<Version>): Promise<Version[]> {
  const found: Version[] = []
  for (const item of items) found.push(await find(item))
  return found
}

/** The version of a tool in a folder, and a remark behind it; without the folder, what is missing and why. */
async function versionIn(download: Promise<string>, tool: string, what: string, remark = ''): Promise<Version> {
  const folder = await download.catch((error: Error) => error)
  if (typeof folder !== 'string') return { name: what, folder: '', lack: `${what}: ${folder.message.trim()}` }
  const said = await succeeded(exec([join(folder, tool), '--version']))
  return { name: `${/\d[\d.]+/.exec(said)?.[0]}${remark}`, folder }
}

/** Where a tool of this machine is. */
async function installed(tool: string): Promise<string> {
  const file = find(tool, process.env.PATH)
  if (!file) throw new Error(`${tool} not found`)
  return dirname(file)
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
