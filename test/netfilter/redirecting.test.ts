import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mayRedirect } from '../../src/netfilter/backend'

/** Modules of the kernel as it lists them, and whether an nft table may redirect. */
const CASES: [modules: string, may: boolean][] = [
  ['', true],
  ['nft_redir 12288 0 - Live 0x0\n', true],
  ['nf_tables 372736 5 nft_compat, Live 0x0\n', false],
  ['nf_tables 372736 5 nft_redir, Live 0x0\nnft_redir 12288 0 - Live 0x0\n', false],
  ['nf_tables 372736 5 nft_redir, Live 0x0\nnft_redir 12288 2 - Live 0x0\n', true],
]

for (const [modules, may] of CASES)
  test(`${JSON.stringify(modules)}: ${may}`, () => assert.is(mayRedirect(modules), may))

test.run()
