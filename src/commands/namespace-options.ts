import type { Report } from '../interception/diagnostics'
import { single } from '../interception/values'
import type { OptionInput } from '../options/input'

/** The path of the network namespace that is meant; undefined for our own. */
export function readNamespace(netns: OptionInput, pid: OptionInput, report: Report): string | undefined {
  const path = single(netns, report)
  const id = single(pid, report)
  if (id !== undefined && !/^[1-9]\d{0,9}$/.test(id)) report.fault(pid.name, id, 'is not a process id')
  if (id !== undefined && path !== undefined)
    report.fault(pid.name, id, 'and --netns name a namespace each: give one of them')
  if (path === '' || path?.includes('\0')) report.fault(netns.name, path, 'is not a path')
  return id === undefined ? path : `/proc/${id}/ns/net`
}
