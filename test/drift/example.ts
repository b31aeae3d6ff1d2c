import { cli, words } from '../support'

/** The options of documented example 4. */
export const OPTIONS = '--apisix-user 501:20 --inbound-ports 80,443 --outbound-ports 80'

/** What documented example 4 makes, as `iptables-save` prints it. */
export const IN_FORCE = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:APISIX_INBOUND - [0:0]
:APISIX_REDIRECT - [0:0]
-A PREROUTING -p tcp -j APISIX_INBOUND
-A OUTPUT ! -d 127.0.0.1/32 -o lo -m owner --uid-owner 501 -j RETURN
-A OUTPUT -m owner --gid-owner 20 -j RETURN
-A OUTPUT -p tcp -m tcp --dport 80 -j APISIX_REDIRECT
-A APISIX_INBOUND -p tcp -m tcp --dport 80 -j APISIX_REDIRECT
-A APISIX_INBOUND -p tcp -m tcp --dport 443 -j APISIX_REDIRECT
-A APISIX_REDIRECT -p tcp -j REDIRECT --to-ports 9080
COMMIT
`

export const HOOK = '-A PREROUTING -p tcp -j APISIX_INBOUND'
export const UID = '-A OUTPUT ! -d 127.0.0.1/32 -o lo -m owner --uid-owner 501 -j RETURN'
export const GID = '-A OUTPUT -m owner --gid-owner 20 -j RETURN'
export const OUTBOUND = '-A OUTPUT -p tcp -m tcp --dport 80 -j APISIX_REDIRECT'
export const IN_80 = '-A APISIX_INBOUND -p tcp -m tcp --dport 80 -j APISIX_REDIRECT'
export const IN_443 = '-A APISIX_INBOUND -p tcp -m tcp --dport 443 -j APISIX_REDIRECT'
export const REDIRECT = '-A APISIX_REDIRECT -p tcp -j REDIRECT --to-ports 9080'

/** A saved table, changed. */
export type Edit = (saved: string) => string

/** Without these lines. */
export const without =
  (...lines: string[]): Edit =>
  (saved) =>
    saved
      .split('\n')
      .filter((line) => !lines.includes(line))
      .join('\n')

/** With lines in front of all rules, or in front of one. */
export const inFront =
  (...lines: string[]): Edit =>
  (saved) =>
    saved.replace(HOOK, [...lines, HOOK].join('\n'))

/** With lines behind all rules. */
export const behind =
  (...lines: string[]): Edit =>
  (saved) =>
    saved.replace('COMMIT', [...lines, 'COMMIT'].join('\n'))

/** With foreign chains. */
export const chains =
  (...names: string[]): Edit =>
  (saved) =>
    saved.replace(':APISIX_INBOUND', [...names.map((name) => `:${name} - [0:0]`), ':APISIX_INBOUND'].join('\n'))

export const both =
  (...edits: Edit[]): Edit =>
  (saved) =>
    edits.reduce((text, edit) => edit(text), saved)

/** What `check` says of example 4, of a saved table. */
export const checkOf = (saved: string, more = '', colorDepth = 1) =>
  cli(words(`check ${OPTIONS} --from - ${more}`), { stdin: saved, colorDepth })

/** What is said below the diff: the state, and what it means, each in one piece again. */
export function meaning(stdout: string): string[] {
  const said = stdout.slice(stdout.search(/^(active|differs|absent)/m)).trimEnd()
  return said.split('\n  - ').map((each) => each.replace(/\n */g, ' '))
}
