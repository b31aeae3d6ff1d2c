import { renderScript } from '../../src/render/script'
import type { Families } from '../../src/ruleset/families'
import { parseRules } from '../../src/ruleset/read-any'
import { bare, holding, saved } from './tables'

export const wanted = parseRules(
  [
    '-N APISIX_REDIRECT',
    '-A APISIX_REDIRECT -p tcp -j REDIRECT --to-ports 9080',
    '-A OUTPUT -p tcp -j APISIX_REDIRECT',
  ].join('\n'),
)

/** The table without and with the rules of the scripts, as `iptables-save` prints it. */
export const EMPTY = saved(bare())
export const IN_FORCE = saved(holding(wanted))

export const IPV4: Families = { ipv4: { only: '' }, ipv6: null }

/** A small script, and the same that cleans up by default. */
export const script = renderScript(wanted, IPV4, { version: '1.2.3', command: ['iptables'] }, 'apply')
export const cleaning = renderScript(wanted, IPV4, { version: '1.2.3', command: ['cleanup-iptables'] }, 'clean')
