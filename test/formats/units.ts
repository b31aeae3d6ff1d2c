import { cli, words } from '../support'

const COMMAND = 'iptables --apisix-user 501:20 --inbound-ports 80,443'
const printed = async (options: string) => (await cli(words(`${COMMAND} ${options}`))).stdout

/** The units, by the names under which they are installed; `more` are options of all of them. */
export const unitsFor = async (script: string, more = ''): Promise<Record<string, string>> => ({
  'apisix-redirect.service': await printed(`--format systemd --install-path ${script} ${more}`),
  'apisix-redirect-reapply@.service': await printed(`--format systemd-reapply --install-path ${script} ${more}`),
  'apisix-redirect-repair.service': await printed(`--format systemd-repair --install-path ${script} ${more}`),
  'apisix-redirect-repair.timer': await printed(`--format systemd-timer ${more}`),
})

/** Writes the script that they run. */
export const installScript = (path: string, more = '') => printed(`--format script --output ${path} ${more}`)
