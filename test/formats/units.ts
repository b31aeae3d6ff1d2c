import { cli, words } from '../support'

const COMMAND = 'iptables --apisix-user 501:20 --inbound-ports 80,443'
const printed = async (options: string) => (await cli(words(`${COMMAND} ${options}`))).stdout

/** The units, by the names under which they are installed. */
export const unitsFor = async (script: string): Promise<Record<string, string>> => ({
  'apisix-redirect.service': await printed(`--format systemd --install-path ${script}`),
  'apisix-redirect-reapply@.service': await printed(`--format systemd-reapply --install-path ${script}`),
  'apisix-redirect-repair.service': await printed(`--format systemd-repair --install-path ${script}`),
  'apisix-redirect-repair.timer': await printed('--format systemd-timer'),
})

/** Writes the script that they run. */
export const installScript = (path: string) => printed(`--format script --output ${path}`)
