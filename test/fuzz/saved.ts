import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { renderDocument, wantedRules } from '../../src/render/render'
import { parseSaved } from '../../src/ruleset/parse'
import { asSaved } from '../../src/ruleset/ruleset'
import { declaration } from '../../src/ruleset/transaction'
import { interceptionsOf } from '../options'
import { load } from '../ruleset/simulate'
import { FIXTURES, fixture } from '../support'
import { savedText } from '../trace/tables'
import { pieces } from './values'

const files = readdirSync(join(FIXTURES, 'saved')).filter((file) => file.endsWith('.rules'))
const theirs = files.map((file) => fixture(`saved/${file}`))

/** What iptables-save really printed, as it is and with a managed set beside. */
const real = fc.oneof(
  fc.constantFrom(...theirs),
  fc.tuple(fc.constantFrom(...theirs), interceptionsOf('ipv4')).map(([text, interception]) => {
    const document = renderDocument(declaration(wantedRules(interception)))
    return savedText(load(parseSaved(text), document))
  }),
  interceptionsOf('ipv4', 'ipv6').map((interception) => savedText(asSaved(wantedRules(interception)))),
)

/** Lines that are right, and lines that only look so. */
const LINES = [
  ...['*nat', '*filter', '*', 'COMMIT', 'COMMIT ', '#', '', ' ', '-A', '-A ', '-A OUTPUT', '-A  OUTPUT', '-A OUTPUT '],
  ...['-A NONE -j ACCEPT', '-I OUTPUT -j ACCEPT', ':OUTPUT ACCEPT [0:0]', ':NEW - [0:0]', ':NEW -', ': - [0:0]', ':X'],
  ...['-A OUTPUT -j APISIX_REDIRECT', '-A OUTPUT -m comment --comment "a\u001b[31m\u2028b" -j APISIX_INBOUND'],
  ...[
    '-A PREROUTING -p tcp -j APISIX_INBOUND',
    '[1:2] -A OUTPUT -j LOG',
    '[1:2]-A OUTPUT',
    '-A OUTPUT "',
    '-A OUTPUT ! !',
  ],
  ...['-A OUTPUT constructor -j RETURN', '-A OUTPUT -p tcp --__proto__ toString -j RETURN', '-A OUTPUT -g OUTPUT'],
  ...[':APISIX_\u001b[31m - [0:0]', '-A OUTPUT -m tcp --dport 1:2:3,x -j RETURN', '-A OUTPUT -d 1.2.3.4/99 -j RETURN'],
  ...[
    '-A OUTPUT -s 10.0.0.0/ -j RETURN',
    '-A OUTPUT -d ::1/129 -j DNAT --to-destination \u009b1',
    '-A OUTPUT -j -j -g',
  ],
]

type Change = (text: string, at: number, piece: string, line: string) => string
const onLine = (change: (lines: string[], at: number, line: string) => void): Change => {
  return (text, at, _, line) => {
    const lines = text.split('\n')
    change(lines, at % lines.length, line)
    return lines.join('\n')
  }
}
const CHANGES: Change[] = [
  (text, at, piece) => text.slice(0, at % (text.length + 1)) + piece + text.slice(at % (text.length + 1)),
  (text, at, piece) => text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + 1),
  (text, at) => text.slice(0, at % (text.length + 1)) + text.slice((at % (text.length + 1)) + 1),
  (text, at) => text.slice(0, at % (text.length + 1)),
  (text) => text.replaceAll('\n', '\r\n'),
  onLine((lines, at) => lines.splice(at, 1)),
  onLine((lines, at) => lines.splice(at, 0, lines[at] as string)),
  onLine((lines, at, line) => lines.splice(at, 0, line)),
  onLine((lines, at, line) => lines.splice(at, 1, line)),
  onLine((lines, at) => lines.push(...lines.splice(at, 1))),
  onLine((lines, at) => lines.splice(at, 2, lines.slice(at, at + 2).join(''))),
]
const change = fc.tuple(fc.constantFrom(...CHANGES), fc.nat(), pieces, fc.constantFrom(...LINES))

/** Real tables, with a few bytes or lines changed. */
export const savedTables = fc
  .tuple(real, fc.array(change, { maxLength: 3 }))
  .map(([text, changes]) => changes.reduce((done, [apply, at, piece, line]) => apply(done, at, piece, line), text))
