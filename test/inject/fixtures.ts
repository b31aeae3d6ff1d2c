import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { FIXTURES, fixture } from '../support'

const NAMES = readdirSync(join(FIXTURES, 'manifests'))

/** The same documents in other line ends. */
const VARIANTS: [name: string, of: (text: string) => string][] = [
  ['as it is', (text) => text],
  ['Windows line ends', (text) => text.replaceAll('\n', '\r\n')],
  ['no line end at its end', (text) => text.trimEnd()],
  ['Windows line ends, none at its end', (text) => text.trimEnd().replaceAll('\n', '\r\n')],
  ['a byte order mark', (text) => `\ufeff${text}`],
]

/** Every manifest under `fixtures/manifests`, in every variant. */
export const MANIFESTS = NAMES.flatMap((name) =>
  VARIANTS.map(([variant, of]) => ({ title: `${name}, ${variant}`, name, text: of(fixture(`manifests/${name}`)) })),
)

/** An init container in a few lines, with an empty one in its script. */
export const render = (added: string) => `initContainers:
  - name: apisix-mesh-agent
    args:
      - |
        one

        two
    env: [{name: APISIX_MESH_AGENT_ADDED, value: "${added}"}]
volumes:
  # not copied
  - name: xtables-lock
    emptyDir: {}
`
