import type { Given } from './given'

/** The options that say what is intercepted, by their names in a program, in the order of a command line that is printed. */
export const OPTIONS = [
  'apisixPort',
  'apisixInboundCapturePort',
  'inboundPorts',
  'outboundPorts',
  'inboundExcludePorts',
  'outboundExcludePorts',
  'compact',
  'outboundCidrs',
  'outboundExcludeCidrs',
  'inboundExcludeCidrs',
  'excludeInterfaces',
  'isolate',
  'noSshExempt',
  'comments',
  'jumpPosition',
  'ipFamily',
  'apisixUser',
  'outboundExcludeUsers',
  'outboundExcludeGroups',
  'outboundExcludePortsForUsers',
] as const

/** What was given for each of them. The mode, of which there is one, is the command's alone. */
export type Options = Record<(typeof OPTIONS)[number], Given> & { inboundInterceptionMode?: Given }
