import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { COMMANDS } from '../golden/documents'
import { cli, golden, words } from '../support'

/** Each golden document as an nft table: a clean-up removes it, whatever it was made with. */
for (const [name, command] of COMMANDS)
  test(`${name}: ${command} --format nft`, async () => {
    const { status, stdout } = await cli([...words(command), '--format', 'nft'])
    golden(`nft/${name}.nft`, stdout)
    assert.is(status, 0)
  })

test.run()
