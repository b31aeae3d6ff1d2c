import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'

const PORT = '[1-9]\\d{0,4}'
const RANGE = `${PORT}(?::${PORT})?`
const MATCH = `(?:--dport ${RANGE}|-m multiport --dports ${RANGE}(?:,${RANGE}){1,14})`
const ID = '(?:0|[1-9]\\d{0,9})'
const IDS = `${ID}(?:-${ID})?`
const BYTE = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const NET = `(?:${BYTE}(?:\\.${BYTE}){3}/\\d{1,2}|[0-9a-f:]*:[0-9a-f:.]*/\\d{1,3})`
const NAME = '[\\w.@:][\\w.@:-]{0,14}\\+?'
const OUTPUT = '(?:APISIX_)?OUTPUT'
/** The chains of outbound rules that know ports and networks. */
const SELECTED = 'APISIX_(?:OUTPUT|REROUTE)'
const CAPTURE = 'APISIX_(?:INBOUND_)?REDIRECT'
const BY = '(?: -m comment --comment "apisix-mesh-agent (?:--[a-z-]+|SSH exemption)")?'

/** Every rule of templates/rules.hbs, in its order: what may be added, and nothing else. */
const RULES = [
  `APISIX_REDIRECT -p tcp${BY} -j REDIRECT --to-ports ${PORT}`,
  `APISIX_INBOUND_REDIRECT -p tcp${BY} -j REDIRECT --to-ports ${PORT}`,
  `OUTPUT -p tcp${BY} -j APISIX_OUTPUT`,
  `APISIX_OUTPUT -o lo ! -d (?:127\\.0\\.0\\.1/32|::1/128) -p tcp -m owner --uid-owner ${ID}${BY} -j ${CAPTURE}`,
  `${OUTPUT} -o lo ! -d (?:127\\.0\\.0\\.1/32|::1/128) -m owner --uid-owner ${ID}${BY} -j RETURN`,
  `${OUTPUT} -m owner --gid-owner ${ID}${BY} -j RETURN`,
  `PREROUTING -i ${NAME} -p tcp${BY} -j APISIX_REROUTE`,
  `PREROUTING -p tcp${BY} -j APISIX_INBOUND`,
  `APISIX_INBOUND -m addrtype ! --dst-type LOCAL${BY} -j RETURN`,
  `APISIX_INBOUND -i ${NAME}${BY} -j RETURN`,
  `APISIX_INBOUND -s ${NET}${BY} -j RETURN`,
  `APISIX_INBOUND -p tcp ${MATCH}${BY} -j RETURN`,
  `APISIX_INBOUND -p tcp${BY} -j ${CAPTURE}`,
  `APISIX_INBOUND -p tcp ${MATCH}${BY} -j ${CAPTURE}`,
  `APISIX_OUTPUT -o ${NAME}${BY} -j RETURN`,
  `APISIX_OUTPUT -m owner --[ug]id-owner ${IDS}${BY} -j RETURN`,
  `APISIX_OUTPUT(?: -m owner ! --[ug]id-owner ${IDS})+${BY} -j RETURN`,
  `${SELECTED} -d ${NET}${BY} -j RETURN`,
  `APISIX_OUTPUT -p tcp ${MATCH} -m owner --uid-owner ${IDS}${BY} -j RETURN`,
  `(?:OUTPUT|${SELECTED}) -p tcp ${MATCH}${BY} -j RETURN`,
  `${SELECTED} -d ${NET} -p tcp(?: ${MATCH})?${BY} -j APISIX_REDIRECT`,
  `(?:OUTPUT|${SELECTED}) -p tcp(?: ${MATCH})?${BY} -j APISIX_REDIRECT`,
]

/** Every line of templates/nft.hbs. */
const NFT_PORTS = `(?:@\\w+|${PORT}-${PORT}|\\{ ${PORT}(?:, ${PORT})* \\})`
const NFT_NET = '(?:ip|ip6) [sd]addr(?: & [0-9a-f.:]+)? @\\w+'
const NFT_ID = `meta sk[ug]id (?:@\\w+|${IDS})`
const NFT_NAME = '[io]ifname "[\\w.@:-]{1,15}\\*?"'
const NFT_BY = '(?: comment "apisix-mesh-agent (?:--[a-z-]+|SSH exemption)")?'
const NFT_LINES = [
  '(?:add|delete) table inet apisix_mesh_agent',
  'table inet apisix_mesh_agent \\{',
  '\tset \\w+ \\{',
  '\t\ttype (?:inet_service|ipv4_addr|ipv6_addr|uid|gid)',
  '\t\telements = \\{ [0-9a-f.:]+(?:, [0-9a-f.:]+)* \\}',
  '\tchain (?:APISIX_(?:REDIRECT|INBOUND_REDIRECT|INBOUND|OUTPUT|SELECTED|REROUTE)|OUTPUT|PREROUTING) \\{',
  '\t\ttype nat hook output priority -10[01]; policy accept;',
  '\t\ttype nat hook prerouting priority dstnat(?: - 1)?; policy accept;',
  `\t\tmeta nfproto != ipv[46] return${NFT_BY}`,
  `\t\tmeta l4proto tcp redirect to :${PORT}${NFT_BY}`,
  `\t\tfib daddr type != local return${NFT_BY}`,
  `\t\toifname "lo" (?:ip daddr != 127\\.0\\.0\\.1|ip6 daddr != ::1) (?:meta l4proto tcp )?meta skuid ${ID} (?:return|jump ${CAPTURE})${NFT_BY}`,
  `\t\t(?:${NFT_NAME}|${NFT_NET}|${NFT_ID}|(?:${NFT_ID} )?tcp dport (?:22|${NFT_PORTS})) return${NFT_BY}`,
  `\t\t${NFT_ID} goto APISIX_SELECTED${NFT_BY}`,
  `\t\t(?:${NFT_NAME} )?meta l4proto tcp jump (?:APISIX_(?:OUTPUT|INBOUND|REROUTE)|${CAPTURE})${NFT_BY}`,
  `\t\t(?:${NFT_NET} )?(?:tcp dport ${NFT_PORTS}|meta l4proto tcp) jump ${CAPTURE}${NFT_BY}`,
  '\t?\\}',
  '',
]
const NFT_LINE = new RegExp(`^(?:${NFT_LINES.join('|')})$`)
const OURS = 'APISIX_(?:REDIRECT|INBOUND_REDIRECT|INBOUND|REROUTE|OUTPUT)'
const ADDED = new RegExp(`^(?:-[46] )?(?:-A|-I(?= (?:PREROUTING|OUTPUT) )) (?:${RULES.join('|')})$`)
const CHAINED = new RegExp(`^(?:-[NFX] ${OURS}|:${OURS} - \\[0:0\\])$`)

/** A pattern for what a template prints when no value adds a line. */
const patternOf = (unit: string) =>
  readFileSync(join(__dirname, `../../templates/${unit}.hbs`), 'utf8')
    .replace(/[\\^$.*+?()[\]|]/g, '\\$&')
    .replace(/{{\w+}}/g, '.*')
const UNIT = new RegExp(
  `^(?:${['systemd', 'systemd-reapply', 'systemd-repair', 'systemd-timer'].map(patternOf).join('|')})$`,
)
const LISTED = /^ip6?tables -t nat /

/** Asserts that a text is one whole document whose added lines are of the templates, and whose `-D` lines may be removed. */
export function assertDocument(text: string, mayRemove: (rule: string) => boolean): void {
  const lines = text.split('\n')
  assert.is(lines.shift(), '*nat', text)
  assert.is(lines.pop(), '', text)
  assert.is(lines.pop(), 'COMMIT', text)
  for (const line of lines)
    if (/^(-[46] )?-D /.test(line)) assert.ok(mayRemove(line.replace(/^((-[46] )?)-D /, '$1-A ')), line)
    else assert.ok(ADDED.test(line) || CHAINED.test(line), line)
}

const wanted = (rule: string) => ADDED.test(rule)

/** Asserts that what a command printed, in any of its formats, adds no line that is not of the templates. */
export function assertPrinted(text: string, mayRemove = wanted): void {
  if (text.startsWith('*nat')) assertDocument(text, mayRemove)
  else if (LISTED.test(text))
    for (const line of text.trimEnd().split('\n')) {
      const rule = line.replace(LISTED, '')
      assert.ok(LISTED.test(line) && (ADDED.test(rule) || CHAINED.test(rule) || /^-[DFX] \S+/.test(rule)), line)
    }
  else if (text.startsWith('#!/bin/sh\n')) {
    const [, document = ''] = /^wanted='([^']*)'$/m.exec(text) ?? []
    // The table of nft has spaces for tabs there.
    if (document.startsWith('add table '))
      for (const line of document.split('\n')) assert.match(line.replaceAll('  ', '\t'), NFT_LINE)
    else assertDocument(`${document}\n`, mayRemove)
    const ours = text.slice(0, text.indexOf("\nwanted='")).split('\n')
    assert.ok(
      ours.slice(1).every((line) => line === '' || line.startsWith('#')),
      text,
    )
  } else if (text.includes('\nadd table inet ')) {
    const [made, load, ...lines] = text.split('\n')
    assert.match(`${made}\n${load}`, /^# Made by: .*\n# Load it with /)
    for (const line of lines) assert.match(line, NFT_LINE)
  } else if (text.startsWith('# Merge this ')) {
    const script = text.replace(/^.*? {6}- \|\n/s, '').replace(/^ {4}securityContext:.*/ms, '')
    assertPrinted(script.replace(/^ {8}/gm, ''))
  } else {
    assert.match(text, UNIT)
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

/** Asserts that a text could not steer a terminal. */
export function assertHarmless(text: string): void {
  const line = text.split('\n').find((each) => STEERING.test(each))
  assert.is(line, undefined, JSON.stringify(line))
}
