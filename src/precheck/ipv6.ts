import { UserError } from '../diagnostics/user-error'
import type { Check } from './check'
import type { Look } from './tables'

/**
 * What IPv6 means here: whether traffic over it is intercepted, or bypasses.
 *
 * @param bypass the warning of that name, when it was given
 */
export function checkIpv6(looks: Look[], addresses: { any: boolean }, bypass: Check | undefined): Check[] {
  const ok = (text: string): Check => ({ state: 'ok', name: 'ipv6', text })
  const look = looks.find(({ place }) => place.family === 'ipv6')
  if (bypass) return [bypass]
  if (!look) return [ok('not redirected, and there is no global address whose traffic would bypass the proxy')]
  if (!(look.found instanceof UserError))
    return [ok(`redirected, and there are ${addresses.any ? 'addresses' : 'no addresses at present'}`)]
  // Why it cannot is said of the tools, or of the table.
  return [
    look.place.lack === 'warning'
      ? {
          state: 'warning',
          name: 'ipv6',
          text: 'cannot be redirected, and there are no addresses. Only IPv4 is set up',
          remedy: 'Use --ip-family ipv4, or make ip6tables work before there are addresses',
        }
      : {
          state: 'fault',
          name: 'ipv6',
          text: `cannot be redirected${addresses.any ? ', and there are addresses whose traffic would bypass the proxy' : ''}`,
          remedy: 'Make ip6tables work, or use --ip-family ipv4 to let IPv6 bypass the proxy',
        },
  ]
}
