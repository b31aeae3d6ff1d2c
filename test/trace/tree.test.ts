import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Branch, treeOf } from '../../src/trace/tree'
import { rulesetOf } from '../ruleset/texts'

/** What becomes of it, and in brackets the branches below. */
const asText = ({ end, target, branches, isImplied }: Branch): string => {
  const kind = end && ('to' in end ? end.to : end.kind)
  return `${isImplied ? '~' : ''}${kind ?? target}${branches.length > 0 ? ` (${branches.map(asText).join(', ')})` : ''}`
}

/** The rules of OUTPUT, those of a chain A, and the tree. */
const TREES: [output: string[], a: string[], tree: string][] = [
  [['-j ACCEPT'], [], 'left'],
  [['-j RETURN'], [], 'left'],
  [['-j LOG', '-j ODD'], [], 'LOG, unknown'],
  [['-j REDIRECT', '-j REDIRECT --to-ports 1'], [], 'the same port of this machine, :1'],
  [['-j DNAT --to-destination 10.0.0.1'], [], '10.0.0.1'],
  [['-j A'], ['-j RETURN'], 'A (left)'],
  [['-j A', '-j ACCEPT'], ['-j RETURN'], 'A (back), left'],
  [['-g A', '-j ACCEPT'], ['-j RETURN'], 'A (left), left'],
  [['-g A', '-j ACCEPT'], ['-p tcp -j ACCEPT'], 'A (left, ~left), left'],
  [['-p tcp --dport 1 -j A', '-p tcp --dport 2 -j A'], ['-j ACCEPT'], 'A (left)'],
  [['-p tcp --dport 1 -j A', '-p udp --dport 2 -j A'], ['-j ACCEPT'], 'A (left), A (left)'],
  [['-j A'], ['-j A', '-j OUTPUT'], 'A (unknown, unknown)'],
]

for (const [output, a, tree] of TREES)
  test(`${output.join('; ')} / ${a.join('; ')}`, () => {
    const ruleset = rulesetOf([
      ['OUTPUT', output],
      ['A', a],
    ])
    assert.is(treeOf(ruleset, 'OUTPUT').map(asText).join(', '), tree)
  })

test.run()
