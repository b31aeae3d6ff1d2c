import featureTemplate from '../../templates/feature.hbs'
import { UserError } from '../diagnostics/user-error'
import { failureOf } from '../netfilter/failure'
import { FAMILY_NAMES } from '../ruleset/families'
import type { Wanted } from '../ruleset/ruleset'
import type { Run } from '../system/run'
import { allOf } from '../system/text'
import { type Check, failedCheck, type Trouble } from './check'
import type { Place } from './places'

/** What rules need of the kernel and of the tools' extensions. */
export type Feature = 'nat' | 'REDIRECT' | 'owner' | 'multiport' | 'addrtype' | 'comment'

/** Without CAP_SYS_ADMIN a new network namespace takes a user namespace of its own, where that is allowed. */
const WAYS = [['--net'], ['--user', '--map-root-user', '--net']]

/** The features that rules need. */
export function featuresOf({ rules }: Wanted): Feature[] {
  const used = new Set(rules.flatMap(({ matches }) => matches.map(({ match }) => match)))
  const matches = (['multiport', 'addrtype', 'comment'] as const).filter((match) => used.has(match))
  return ['nat', 'REDIRECT', 'owner', ...matches]
}

/** Whether each feature works, tried with a rule of its own in a network namespace that is gone afterwards. */
export async function checkFeatures(places: Place[], features: Feature[], run: Run): Promise<Check[]> {
  const opened = places.filter(({ tables }) => !(tables instanceof UserError))
  if (opened.length === 0) return []
  const way = await findWay(run)
  if (!way)
    return [
      {
        state: 'warning',
        name: 'features',
        text: `not tried: ${allOf(features)}, because no network namespace can be made here`,
        remedy: 'Run precheck once as root on the node (CAP_SYS_ADMIN, and unshare of util-linux)',
      },
    ]
  return (await Promise.all(opened.map((place) => tryAll(place, features, way, run)))).flat()
}

/** Whose words tell of a right that lacks, not of a feature. */
const NO_RIGHT = /permission denied|operation not permitted|must be root/i

/** For failures whose words tell nothing: the trial tells. */
function remedyFor(feature: Feature): string {
  if (feature === 'nat') return 'Load iptable_nat, for IPv6 ip6table_nat (legacy), or nf_tables (nft)'
  return `Load xt_${feature}, and install the iptables extensions`
}

/** The words of unshare that make a network namespace here; undefined when none do. */
export async function findWay(run: Run): Promise<string[] | undefined> {
  for (const way of WAYS)
    try {
      if ((await run('unshare', [...way, 'true'])).status === 0) return way
    } catch {
      return undefined
    }
  return undefined
}

async function tryAll({ family, tables, lack }: Place, features: Feature[], way: string[], run: Run): Promise<Check[]> {
  if (tables instanceof UserError) return []
  const { restore } = tables.main.backend
  const where = `${FAMILY_NAMES[family]}: `
  // Without the table nothing else can be told.
  const table = await tryOne('nat', lack)
  if (table) return [table]
  const missing = await Promise.all(features.slice(1).map((feature) => tryOne(feature, 'fault')))
  const found = missing.filter((each) => each !== undefined)
  return found.length > 0 ? found : [{ state: 'ok', name: 'features', text: `${where}${allOf(features)} work` }]

  async function tryOne(feature: Feature, state: Trouble): Promise<Check | undefined> {
    const input = featureTemplate({ [feature]: true })
    // Who else writes there does not exist: the lock of the live tables is not waited for, nor held.
    const words = [...way, 'env', 'XTABLES_LOCKFILE=/dev/null', restore, '--noflush']
    const ended = await run('unshare', words, { input })
    if (ended.status === 0) return undefined
    const error = failureOf(restore, ended, input)
    const remedy = NO_RIGHT.test(ended.stderr) ? 'See the capabilities' : remedyFor(feature)
    return { remedy, ...failedCheck('features', `${where}${feature}: `, error, state) }
  }
}
