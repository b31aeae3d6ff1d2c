import { isIP } from 'node:net'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { check } from '../../src/drift/findings'
import { formatMermaid } from '../../src/format/mermaid'
import { PLAIN } from '../../src/format/paint'
import { describePolicy, formatPolicy } from '../../src/format/policy'
import { formatTrace } from '../../src/format/trace'
import { cleanup, InvalidOptions, interception, type Options, render } from '../../src/index'
import { OPTIONS } from '../../src/interception/options'
import { flagOf } from '../../src/options/input'
import { carriesScript, FORMAT_NAMES, type Format } from '../../src/render/formats'
import { renderDocument, wantedRules } from '../../src/render/render'
import { renderUserTemplate } from '../../src/render/user-template'
import { compare } from '../../src/ruleset/compare'
import { parseCidr } from '../../src/ruleset/networks'
import { ParseError, parseSaved, savedReader } from '../../src/ruleset/parse'
import { Rule } from '../../src/ruleset/rule'
import type { Ruleset } from '../../src/ruleset/ruleset'
import { NOTHING, transaction } from '../../src/ruleset/transaction'
import { tokenize } from '../../src/ruleset/words'
import { parseAccounts } from '../../src/system/passwd'
import { printable, quote } from '../../src/system/text'
import type { Connection } from '../../src/trace/connection'
import { trace } from '../../src/trace/trace'
import { interceptionsOf } from '../options'
import { textsOf } from '../ruleset/texts'
import { assertDocument, assertHarmless, assertPrinted } from './forms'
import { savedTables } from './saved'
import { type Fuzzed, fuzzed, hostile, pieces, VALID, validOrNot } from './values'

const options = fc
  .record(
    Object.fromEntries(
      OPTIONS.map((name) => [name, fc.array(validOrNot(VALID[flagOf(name)] ?? []), { maxLength: 2 })]),
    ),
    { requiredKeys: [] },
  )
  .map((given) => ({ apisixUser: { uid: 501, gid: 20 }, ...given }) as unknown as Options)
const formats = fc.constantFrom(...FORMAT_NAMES)

function optionsAreRefusedOrRendered(given: Options, format: Format, isNative: boolean): void {
  let text: string
  try {
    text = render(given, {
      format,
      image: 'a/b:1',
      installPath: '/a/b',
      nativeNftables: isNative && carriesScript(format),
    })
  } catch (error) {
    assert.instance(error, InvalidOptions)
    assert.ok((error as InvalidOptions).faults.length > 0)
    return
  }
  assertPrinted(text)
  assertHarmless(text)
  assertPrinted(cleanup(given))
  for (const warning of interception(given).warnings) assert.is(printable(warning.text), warning.text)
}

const line = fc.oneof(
  fc.constantFrom(
    'alex:x:501:20::/home/alex:/bin/sh',
    'staff:x:20:alex',
    '+::::::',
    '#a:x:1:1::',
    'a:x:4294967295:1::',
  ),
  fc
    .array(fc.oneof(pieces, fc.constantFrom(':', ':', ':x:', ':1:', ':4294967296:', ':9999999999:', ':00501:')), {
      maxLength: 9,
    })
    .map((some) => some.join('')),
)

const files = fc.array(line, { maxLength: 5 }).map((lines) => lines.join('\n'))

function accountsAreOfLines(kind: 'user' | 'group', text: string): void {
  const lines = text.split('\n')
  for (const { name, uid, gid } of parseAccounts(kind, text)) {
    assert.ok(lines.some((each) => each.startsWith(`${name}:`)))
    for (const id of [uid, gid]) assert.ok(Number.isInteger(id) && id >= 0 && id <= 4294967294, `${name} ${id}`)
  }
}

const UNREADABLE = /^(line \d+: .+|table \S+ has no COMMIT|there is no nat table in it)$/

/** The table that a text holds; undefined when it is refused. */
function readTable(text: string): Ruleset | undefined {
  try {
    return parseSaved(text)
  } catch (error) {
    assert.instance(error, ParseError)
    assert.match(printable((error as Error).message), UNREADABLE)
    return undefined
  }
}

/** The lines of the nat table in a text that was read, less policies and counters. */
function natLines(text: string): string[] {
  const lines = text.split('\n').map((each) => each.trimEnd())
  const start = lines.indexOf('*nat')
  return lines
    .slice(start + 1, lines.indexOf('COMMIT', start))
    .filter((each) => each !== '' && !each.startsWith('#'))
    .map((each) =>
      each
        .replace(/^\[\d+:\d+\] /, '')
        .replace(/^(:\S+) .*/, '$1')
        .replace(/^-N (\S+)$/, ':$1'),
    )
}

function tablesAreReadExactlyOrRefused(text: string, cut: number): void {
  const table = readTable(text)
  const reader = savedReader()
  const at = cut % (text.length + 1)
  for (const part of [text.slice(0, at), text.slice(at)]) reader.push(part)
  if (!table) {
    assert.throws(() => reader.end())
    return
  }
  assert.equal(reader.end(), table)
  const lines = natLines(text)
  const declared = lines.filter((each) => each.startsWith(':'))
  const builtIn = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((chain) => `:${chain}`)
  const chains = [...table.keys()].map((chain) => `:${chain}`)
  assert.equal(
    chains.filter((each) => declared.includes(each) || !builtIn.includes(each)),
    declared,
  )
  const rules = lines.filter((each) => !each.startsWith(':'))
  assert.is([...table.values()].flat().length, rules.length)
  for (const [chain, texts] of textsOf(table)) {
    const expected: string[] = []
    for (const each of rules) {
      const [, verb, ofRule, spec = ''] = /^-([AI]) (\S+)(?: (.*))?$/s.exec(each) ?? []
      if (ofRule === chain) expected[verb === 'A' ? 'push' : 'unshift'](spec)
    }
    assert.equal(texts, expected)
  }
}

const OUT = { way: 'out', family: 'ipv4', to: { address: '10.0.0.5', port: 80 }, from: undefined, uid: 1, gid: 1 }
const IN = {
  ...OUT,
  way: 'in',
  to: { address: undefined, port: 80 },
  from: { address: '192.0.2.7', port: 5 },
  uid: undefined,
}
const CONNECTIONS = [OUT, IN].map((each) => ({ ...each, interface: undefined, isLocal: undefined }) as Connection)

function tablesAreChangedByRulesOfOurs(text: string, given: Parameters<typeof wantedRules>[0]): void {
  const live = readTable(text)
  if (!live) return
  const rules = new Set([...live.values()].flat().map(({ line }) => line))
  const wanted = wantedRules(given)
  for (const each of [wanted, NOTHING]) {
    assertDocument(renderDocument(transaction(live, each)), (rule) => rules.has(rule))
    compare(live, each)
  }
  const { findings, notes } = check(live, wanted, 'ipv4', 'iptables')
  for (const { text, line } of findings) assert.ok(text.includes(line.slice(3)), text)
  for (const note of notes) assert.match(note, /in front|bypasses the proxy/)
  const policy = describePolicy(live, 'ipv4')
  const pictures = [true, false].map((hasRules) => formatMermaid([['IPv4', policy]], hasRules))
  assertHarmless(formatPolicy(policy, PLAIN) + pictures.join(''))
  for (const connection of CONNECTIONS) {
    const shown = formatTrace(connection, trace(live, connection), 'this', PLAIN)
    assertHarmless(shown)
    assert.not.match(shown, '[native code]')
  }
}

const option = fc.constantFrom(
  '-p',
  '-s',
  '-d',
  '-i',
  '-o',
  '-m',
  '-j',
  '-g',
  '!',
  '--dport',
  '--comment',
  '--uid-owner',
  '-',
)
const specs = fc
  .array(fc.oneof(option, fc.constantFrom('tcp', 'RETURN', '"a b"', '"a\\"b"', '"', '\\', 'constructor'), pieces), {
    maxLength: 12,
  })
  .chain((some) => fc.constantFrom(some.join(' '), some.join('')))

function rulesAreTakenApart(spec: string): void {
  const all = tokenize(spec)
  for (const { text } of all) assert.ok(spec.includes(text))
  // Whatever the words are, those of a match's options stay with the match that was named last.
  const { matches, canonical } = new Rule('OUTPUT', spec)
  const named = new Set([
    '',
    ...all.filter((_, at) => all[at - 1]?.text === '-m' || all[at - 1]?.text === '-p').map(({ value }) => value),
  ])
  for (const { match } of matches) assert.ok(named.has(match), `${match} of ${spec}`)
  assert.not.match(canonical, 'undefined')
}

function networksAreAsTheKernelPrintsThem(text: string): void {
  const parsed = parseCidr(text)
  if (!parsed) return
  const [address = '', bits] = parsed.cidr.split('/')
  assert.is(isIP(address), parsed.family === 'ipv4' ? 4 : 6, parsed.cidr)
  assert.ok(Number(bits) <= (parsed.family === 'ipv4' ? 32 : 128))
  assert.equal(parseCidr(parsed.cidr), parsed)
  const asUrl = (host: string) => new URL(`http://[${host}]`).hostname
  if (bits === '128') assert.is(asUrl(address), asUrl(text.replace(/\/128$/, '')))
}

const networks = fc.oneof(
  fc
    .tuple(
      fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.ipV6()),
      fc.oneof(
        fc.nat(130).map((bits) => `/${bits}`),
        fc.constantFrom('', '/', '/08'),
      ),
    )
    .map((both) => both.join('')),
  fc
    .array(fc.constantFrom('1', '0', 'ffff', '300', ':', '::', '.', '/', '%', 'x', '1.2.3.4'), { maxLength: 10 })
    .map((some) => some.join('')),
)

const TOKENS = [
  ...[
    '{{',
    '}}',
    '{{{',
    '}}}',
    '{{~',
    '~}}',
    '#',
    '/',
    '>',
    '*',
    '&',
    '!',
    '!--',
    '--',
    '^',
    '@',
    '.',
    '..',
    '../',
    ' ',
    '\n',
    '"',
    "'",
    '(',
    ')',
    '|',
    '=',
    '[',
    ']',
  ],
  ...[
    '{{#each lines}}',
    '{{/each}}',
    '{{#if owner}}',
    '{{else}}',
    '{{/if}}',
    '{{this}}',
    '{{@root}}',
    '{{#with owner}}',
    '{{/with}}',
    '{{uid}}',
  ],
  ...[
    '{{lookup owner "uid"}}',
    '{{lookup this "constructor"}}',
    '{{__proto__}}',
    '{{constructor.name}}',
    '{{log "x"}}',
    '{{> x}}',
    '{{#*inline "x"}}',
    '{{/inline}}',
  ],
  ...[
    'each',
    'if',
    'with',
    'lookup',
    'lines',
    'owner',
    'uid',
    'proxyPort',
    'inbound.ports',
    'length',
    'as |a b|',
    'helperMissing',
    'toString',
    'prototype',
    '__defineGetter__',
    '0',
    'true',
  ],
]
const templates = fc.array(fc.oneof(fc.constantFrom(...TOKENS), pieces), { maxLength: 14 }).map((some) => some.join(''))
const VIEW = {
  owners: [{ uid: 501, gid: 20 }],
  proxyPort: 9080,
  inbound: { ports: [] },
  outbound: null,
  lines: ['-N A', '-A A'],
}

function templatesReachNothingElse(source: string): void {
  let text: string
  try {
    text = renderUserTemplate(source, VIEW)
  } catch (error) {
    assert.not.match((error as Error).message, /\[native code\]|is not a function/)
    return
  }
  assert.not.match(text, /\[native code\]|\[object |function /)
}

function strangersTextIsHarmless(text: string): void {
  assertHarmless(printable(text))
  assertHarmless(quote(text))
  assert.is(printable(text).includes('\n') || quote(text).includes('\n'), false)
}

/** Everything that needs neither files nor processes. */
export const PURE: Fuzzed[] = [
  fuzzed(
    'options are refused by name, or give lines of the templates alone',
    6000,
    fc.property(options, formats, fc.boolean(), optionsAreRefusedOrRendered),
  ),
  fuzzed(
    'accounts are those of the lines, with ids that exist',
    2000,
    fc.property(fc.constantFrom('user', 'group'), files, accountsAreOfLines),
  ),
  fuzzed(
    'saved tables are read exactly, in whatever pieces, or refused with the number of the line',
    3000,
    fc.property(savedTables, fc.nat(), tablesAreReadExactlyOrRefused),
  ),
  fuzzed(
    'what is read is changed by lines of ours and removals of its own lines alone, and shown without harm',
    2000,
    fc.property(savedTables, interceptionsOf('ipv4', 'ipv6'), tablesAreChangedByRulesOfOurs),
  ),
  fuzzed('rules are taken apart', 2500, fc.property(specs, rulesAreTakenApart)),
  fuzzed('networks are as the kernel prints them', 1500, fc.property(networks, networksAreAsTheKernelPrintsThem)),
  fuzzed('templates reach nothing else', 2000, fc.property(templates, templatesReachNothingElse)),
  fuzzed("a stranger's text is harmless", 1000, fc.property(hostile, strangersTextIsHarmless)),
]
