import environmentTemplate from '../../templates/script-environment.hbs'
import interfacesTemplate from '../../templates/script-interfaces.hbs'
import { NODE_CHAINS, NODE_INTERFACES, onANode } from '../ruleset/node'
import { allOf, printable } from '../system/text'
import { commandLine, escapeDollars } from './shell'

/** What a script tells of how it was made, and where it is to run. */
export interface ScriptMade {
  version: string
  /** The words of the command, without the program's name. */
  command: string[]
  /** What else it is made from: files, and `accounts`. */
  sources?: string[]
  /** Whether it runs in a pod, where it refuses the network namespace of a node instead of warning. */
  inPod?: boolean
}

/** What the script for iptables and the one for nft have in common: how they were made, their environment, the signs of a node. */
export function commonParts({ version, command, sources = [], inPod = false }: ScriptMade, allowNode: boolean) {
  return {
    version,
    sources: escapeDollars(allOf(sources.map(printable))),
    command: escapeDollars(commandLine(command)),
    inPod,
    allowNode: allowNode ? 1 : 0,
    onANode: onANode('$sign'),
    nodeChains: NODE_CHAINS.join(' '),
    environment: environmentTemplate({}).trimEnd(),
    searchInterfaces: interfacesTemplate({
      nodeInterfaces: NODE_INTERFACES.map((prefix) => `${prefix}*`).join(' | '),
    }).trimEnd(),
  }
}
