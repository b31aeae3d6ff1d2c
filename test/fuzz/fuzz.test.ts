import { test } from 'uvu'
import { throughTheCommandLine } from './command-line'
import { PURE } from './pure'

for (const each of PURE) test(`${each.share} cases: ${each.what}`, () => each.holds())

test('1000 cases: every command line is answered, in time and without harm', async () =>
  (await throughTheCommandLine()).holds())

test.run()
