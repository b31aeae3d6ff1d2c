import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { testWith } from '../needing'
import { EMPTY, IN_FORCE, script } from './example'
import { FORBIDDEN, type Machine, machine, NO_LEGACY, NO_NF_TABLES, NO_NFT } from './machine'
import { SHELLS } from './shells'

const BARE = { table: EMPTY, after: IN_FORCE }
const ACTIVE = { table: IN_FORCE, after: EMPTY }
const OTHERS = { table: IN_FORCE.replaceAll('9080', '9081'), after: IN_FORCE }
const UNREADABLE = { table: "*nat\n# Table `nat' is incompatible, use 'nft' tool.\nCOMMIT\n" }

const APPLIED =
  'applied: 1 chain, 2 rules. Established connections may be reset, because nothing in this table tracked them before.'
const DONE = 'already active. Nothing was changed.'
const using = (tools: string, why: string) => `note: using iptables-${tools}, because ${why}.`
const NFT_LACKS = 'this kernel has no nf_tables (iptables-save)'
const LEGACY_LACKS = 'this kernel has no nat table for the legacy backend (iptables-save)'
const BOTH =
  'error: nft and legacy both have managed rules. Remove those of one with --clean and IPTABLES=iptables-legacy or IPTABLES=iptables-nft. '

interface Case extends Machine {
  args?: string[]
  env?: NodeJS.ProcessEnv
  /** 0 unless it is said. */
  status?: number
  /** The lines of its messages, without the words of tools. */
  says: string[]
  /** The tools that were started. */
  started: string
}

/** The kernel, the tools and what files show; and which backend comes of it. */
const CASES: Record<string, Case> = {
  'iptables is nft': {
    iptables: 'nft',
    nft: BARE,
    legacy: NO_LEGACY,
    loaded: true,
    says: [APPLIED],
    started: 'nft save, nft restore, nft save',
  },
  'iptables is legacy': {
    iptables: 'legacy',
    nft: NO_NFT,
    legacy: BARE,
    registered: true,
    says: [APPLIED],
    started: 'legacy save, legacy restore, legacy save',
  },
  'iptables is legacy, and nobody has registered its table': {
    iptables: 'legacy',
    nft: NO_NFT,
    legacy: BARE,
    says: [APPLIED],
    started: 'legacy save, legacy restore, legacy save',
  },
  'no tools that name their backend': {
    iptables: 'nft',
    nft: BARE,
    says: [APPLIED],
    started: 'nft save, nft restore, nft save',
  },
  'active, and the other backend may hold rules: nothing more is read': {
    iptables: 'legacy',
    nft: BARE,
    legacy: ACTIVE,
    loaded: true,
    registered: true,
    says: [DONE],
    started: 'legacy save',
  },
  'not active, and the other backend may hold rules: it is read': {
    iptables: 'legacy',
    nft: BARE,
    legacy: BARE,
    loaded: true,
    registered: true,
    says: [APPLIED],
    started: 'legacy save, nft save, legacy restore, legacy save',
  },
  'a kernel without nf_tables': {
    iptables: 'nft',
    nft: NO_NFT,
    legacy: BARE,
    says: [using('legacy', NFT_LACKS), APPLIED],
    started: 'nft save, nft save, legacy save, legacy restore, legacy save',
  },
  'a kernel without nf_tables, with nfnetlink': {
    iptables: 'nft',
    nft: NO_NF_TABLES,
    legacy: BARE,
    registered: true,
    says: [using('legacy', NFT_LACKS), APPLIED],
    started: 'legacy save, nft save, nft save, legacy save, legacy restore, legacy save',
  },
  'a kernel without legacy': {
    iptables: 'legacy',
    nft: BARE,
    legacy: NO_LEGACY,
    loaded: true,
    says: [using('nft', LEGACY_LACKS), APPLIED],
    started: 'nft save, legacy save, legacy save, nft save, nft restore, nft save',
  },
  'a kernel without legacy, and nf_tables is to be loaded': {
    iptables: 'legacy',
    nft: BARE,
    legacy: NO_LEGACY,
    says: [using('nft', LEGACY_LACKS), APPLIED],
    started: 'legacy save, legacy save, nft save, nft restore, nft save',
  },
  'a kernel without both': {
    iptables: 'nft',
    nft: NO_NFT,
    legacy: NO_LEGACY,
    status: 1,
    says: [
      'error: no backend can be used: this kernel has no nf_tables (iptables-save), and this kernel has no nat table for the legacy backend (iptables-legacy-save). Load nf_tables, or iptable_nat (for IPv6 ip6table_nat). Nothing was changed.',
    ],
    started: 'nft save, nft save, legacy save, legacy save',
  },
  'a kernel without nf_tables, and no tools of legacy': {
    iptables: 'nft',
    nft: NO_NFT,
    status: 1,
    says: [
      'error: this kernel has no nf_tables (iptables-save). Load nf_tables, or use IPTABLES=iptables-legacy. Nothing was changed.',
    ],
    started: 'nft save, nft save',
  },
  'no iptables': {
    nft: BARE,
    legacy: BARE,
    loaded: true,
    says: [using('nft', 'iptables is not on PATH'), APPLIED],
    started: 'nft save, nft restore, nft save',
  },
  'no iptables, and files show legacy alone': {
    nft: NO_NFT,
    legacy: BARE,
    registered: true,
    says: [using('legacy', 'iptables is not on PATH'), APPLIED],
    started: 'legacy save, legacy restore, legacy save',
  },
  'no iptables, and files show nothing': {
    nft: NO_NFT,
    legacy: BARE,
    says: [using('legacy', 'this kernel has no nf_tables (iptables-nft-save)'), APPLIED],
    started: 'nft save, nft save, legacy save, legacy restore, legacy save',
  },
  'no iptables, and tools of legacy alone': {
    legacy: BARE,
    says: [using('legacy', 'iptables is not on PATH'), APPLIED],
    started: 'legacy save, legacy restore, legacy save',
  },
  'no tools at all': {
    status: 1,
    says: ['error: iptables-save is not on PATH, in /usr/sbin or in /sbin. Install the package iptables.'],
    started: '',
  },
  'managed rules in the other backend': {
    iptables: 'nft',
    nft: BARE,
    legacy: OTHERS,
    loaded: true,
    registered: true,
    says: [
      using('legacy', 'it has the managed rules'),
      'applied: 1 chain, 2 rules. Established connections are not affected.',
    ],
    started: 'nft save, legacy save, legacy restore, legacy save',
  },
  'managed rules in the other backend: the legacy table is not registered': {
    iptables: 'legacy',
    nft: ACTIVE,
    legacy: BARE,
    loaded: true,
    says: [using('nft', 'it has the managed rules'), DONE],
    started: 'nft save',
  },
  'managed rules in the other backend, --check': {
    args: ['--check'],
    iptables: 'nft',
    nft: BARE,
    legacy: ACTIVE,
    loaded: true,
    registered: true,
    says: [using('legacy', 'it has the managed rules'), 'active.'],
    started: 'nft save, legacy save',
  },
  'managed rules in the other backend, --clean': {
    args: ['--clean'],
    iptables: 'legacy',
    nft: ACTIVE,
    legacy: BARE,
    loaded: true,
    registered: true,
    says: [
      using('nft', 'it has the managed rules'),
      'removed: 1 chain, 2 rules. Established connections may be reset, because nothing in this table tracked them before.',
    ],
    started: 'legacy save, nft save, nft restore, nft save',
  },
  'managed rules in both': {
    iptables: 'nft',
    nft: OTHERS,
    legacy: ACTIVE,
    loaded: true,
    registered: true,
    status: 1,
    says: [`${BOTH}Nothing was changed.`],
    started: 'nft save, legacy save',
  },
  'managed rules in both, one set of them wanted': {
    iptables: 'nft',
    nft: ACTIVE,
    legacy: ACTIVE,
    loaded: true,
    registered: true,
    status: 1,
    says: [`${BOTH}Nothing was changed.`],
    started: 'nft save, legacy save',
  },
  'managed rules in both, --clean': {
    args: ['--clean'],
    iptables: 'legacy',
    nft: ACTIVE,
    legacy: ACTIVE,
    loaded: true,
    registered: true,
    status: 1,
    says: [`${BOTH}Nothing was changed.`],
    started: 'legacy save, nft save',
  },
  'managed rules in both, --check': {
    args: ['--check'],
    iptables: 'legacy',
    nft: ACTIVE,
    legacy: ACTIVE,
    loaded: true,
    registered: true,
    status: 2,
    says: [BOTH],
    started: 'legacy save, nft save',
  },
  'the tools are given': {
    env: { IPTABLES: 'iptables-legacy' },
    iptables: 'nft',
    nft: ACTIVE,
    legacy: BARE,
    loaded: true,
    registered: true,
    says: [APPLIED],
    started: 'legacy save, legacy restore, legacy save',
  },
  'the tools are given, by the name iptables': {
    env: { IPTABLES: 'iptables' },
    iptables: 'nft',
    nft: NO_NFT,
    legacy: BARE,
    registered: true,
    status: 1,
    says: [
      'error: this kernel has no nf_tables (iptables-save). Load nf_tables, or use IPTABLES=iptables-legacy. Nothing was changed.',
    ],
    started: 'nft save, nft save',
  },
  'a failure that says nothing about the kernel': {
    iptables: 'nft',
    nft: FORBIDDEN,
    legacy: BARE,
    loaded: true,
    registered: true,
    status: 1,
    says: [
      'error: it needs root with CAP_NET_ADMIN and CAP_NET_RAW (iptables-save). Run it as root with both, as docker run --cap-add=NET_ADMIN --cap-add=NET_RAW does. If it has them, it may be root of a user namespace that does not own this network namespace (in Kubernetes hostUsers: false). Nothing was changed.',
    ],
    started: 'nft save, nft save',
  },
  'a table that cannot be read whole is not the lack of one': {
    iptables: 'nft',
    nft: UNREADABLE,
    legacy: BARE,
    loaded: true,
    status: 1,
    says: ['error: iptables-save shows no complete nat table. Look at `nft list ruleset`. Nothing was changed.'],
    started: 'nft save',
  },
  'iptables is a script': {
    iptables: 'nft, by a script',
    nft: OTHERS,
    legacy: BARE,
    loaded: true,
    says: ['applied: 1 chain, 2 rules. Established connections are not affected.'],
    started: 'nft save, nft save, nft restore, nft save',
  },
}

for (const [name, shell] of Object.entries(SHELLS))
  for (const [what, { args, env, status = 0, says, started, ...at }] of Object.entries(CASES))
    testWith(shell[0], `${what} (${name})`, () => {
      const said = machine(at).run(shell, script, args, env)
      const lines = said.stderr.split('\n').filter((line) => line.startsWith('apisix-mesh-agent: '))
      assert.equal(
        lines.map((line) => line.replace('apisix-mesh-agent: ', '')),
        says,
      )
      assert.is(said.started.join(', '), started)
      assert.is(said.stdout, '')
      assert.is(said.status, status)
    })

test.run()
