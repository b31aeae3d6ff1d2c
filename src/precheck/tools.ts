import { basename } from 'node:path'
import { UserError } from '../diagnostics/user-error'
import { failureOf } from '../netfilter/failure'
import { isBefore, WAITS_SINCE } from '../netfilter/nat'
import { FAMILY_NAMES } from '../ruleset/families'
import type { Run } from '../system/run'
import { type Check, failedCheck } from './check'
import type { Place } from './places'

/** Whether the tools of each family are there and start, where they are, their version and backend. */
export async function checkTools(places: Place[], run: Run): Promise<Check[]> {
  return Promise.all(places.map((place) => checkTool(place, run)))
}

async function checkTool({ family, tables, lack }: Place, run: Run): Promise<Check> {
  const where = `${FAMILY_NAMES[family]}: `
  if (tables instanceof UserError)
    return { remedy: 'Install the package iptables', ...failedCheck('tools', where, tables, lack) }
  const { name, restore, save } = tables.main.backend
  const ended = await run(restore, ['--version'])
  if (ended.status !== 0) return failedCheck('tools', where, failureOf(restore, ended), lack)
  const [version = 'of unknown version'] = /v\d[\w.]*/.exec(ended.stdout) ?? []
  if (isBefore(WAITS_SINCE, ended.stdout))
    return {
      state: 'warning',
      name: 'tools',
      text: `${where}${restore}, ${version}, does not wait for the xtables lock, so that this program retries`,
      remedy: `Install iptables ${WAITS_SINCE.join('.')} or later`,
    }
  return { state: 'ok', name: 'tools', text: `${where}${restore} and ${basename(save)}, ${version}, backend ${name}` }
}
