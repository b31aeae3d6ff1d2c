import type { Diagnostics } from '../diagnostics/diagnostics'
import { single } from '../interception/values'
import type { OptionInput } from '../options/input'

/** The path of the network namespace that is meant; undefined for our own. */
export function readNamespace(netns: OptionInput, pid: OptionInput, diagnostics: Diagnostics): string | undefined {
  const path = single(netns, diagnostics)
  const id = single(pid, diagnostics)
  if (id !== undefined && !/^[1-9]\d{0,9}$/.test(id)) diagnostics.error(pid.name, id, 'is not a process id')
  if (id !== undefined && path !== undefined) diagnostics.error(pid.name, id, 'cannot be combined with --netns')
  if (path === '' || path?.includes('\0')) diagnostics.error(netns.name, path, 'is not a path')
  return id === undefined ? path : `/proc/${id}/ns/net`
}
