import { find } from '../system/find'
import { Refusal } from '../system/refusal'

/** The pair of tools that reads and writes the nat table. */
export interface Tools {
  save: string
  restore: string
}

/** The tools on a PATH. Throws a Refusal when one is missing. */
export function findTools(path: string | undefined): Tools {
  const [save, restore] = ['iptables-save', 'iptables-restore'].map((tool) => {
    const found = find(tool, path)
    if (!found) throw new Refusal(`there is no ${tool} on PATH, in /usr/sbin or in /sbin: install the package iptables`)
    return found
  })
  return { save, restore } as Tools
}
