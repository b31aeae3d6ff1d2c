import commentTemplate from '../../templates/comment.hbs'
import type { Interception } from '../interception/interception'
import { OPTIONS } from '../interception/options'
import { flagOf } from '../options/input'

/** What made a rule, where that is no option. */
const REASONS: Record<string, string> = { noSshExempt: 'SSH exemption' }

/**
 * What is the same in all lines of `rules.hbs`, which they find as `@capture` and the like, whatever list they stand in.
 */
export function dataOf({ inboundCapturePort, isolate, comments }: Interception): object {
  const by = (name: string) => (comments ? commentTemplate({ reason: REASONS[name] ?? flagOf(name) }) : '')
  return {
    /** The chain that inbound traffic is sent to. */
    capture: inboundCapturePort === null ? 'APISIX_REDIRECT' : 'APISIX_INBOUND_REDIRECT',
    /** The chain that outbound rules stand in. */
    outboundChain: isolate ? 'APISIX_OUTPUT' : 'OUTPUT',
    /** By the name of an option: the comment that names it, or nothing. */
    by: Object.fromEntries(OPTIONS.map((name) => [name, by(name)])),
  }
}
