import { isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Fields } from './manifest'
import { type Edit, endOf, lineAfter, lineEnd, lineStart, withLines, withoutLines } from './splice'

/** The lists of a pod's spec to which something is added, and an entry of each in a word. */
const ENTRY = { initContainers: 'container', volumes: 'volume' }
/** How null is written where a list may be. */
const NULLS = ['', '~', 'null', 'Null', 'NULL']
export type Key = keyof typeof ENTRY

/** An entry to add: as lines in block style, and as data. */
export interface Entry {
  lines: string[]
  data: Fields
}

/** Written in a way in which nothing can be added, or taken out; the message continues a sentence about the pod. */
export class Unsupported extends Error {}

type Found = Pair<Scalar, Node | null>

const pairsOf = (spec: YAMLMap) => spec.items as Found[]
const pairOf = (spec: YAMLMap, key: string) =>
  pairsOf(spec).find((pair) => isScalar(pair.key) && pair.key.value === key)
const startOf = (node: Node) => node.range?.[0] as number

/** What is added to a list in a word: `container` to one that is there, `initContainers` with its key, `initContainers:null` in place of that. */
export function changeOf(text: string, spec: YAMLMap, key: Key, data: Fields): string {
  const value = pairOf(spec, key)?.value
  if (value === undefined || value === null) {
    if (data[key] !== undefined) throw new Unsupported(`its ${key} come from a merge key. Write them out`)
    return key
  }
  if (isSeq(value)) return ENTRY[key]
  if (isScalar(value) && value.value === null) return `${key}:${text.slice(startOf(value), endOf(value))}`
  throw new Unsupported(`its ${key} are an alias, or no list. Write them out`)
}

/** Adds an entry behind those that a list has. */
export function addition(text: string, spec: YAMLMap, key: Key, entry: Entry): Edit {
  const value = pairOf(spec, key)?.value
  if (isSeq(value)) return value.flow ? inFlow(value, entry) : inBlock(text, value, entry)
  if (!value) return withKey(text, spec, key, entry)
  const [start, end] = [startOf(value), endOf(value)]
  if (start < end) return { start, end, text: `[${written(entry)}]` }
  // An empty value stands behind the spaces, where a comment may follow.
  const at = text.slice(0, start).trimEnd().length
  return { start: at, end: at, text: ` [${written(entry)}]` }
}

/** An entry in flow style, on one line: JSON is YAML. */
const written = ({ data }: Entry) => JSON.stringify(data, null, 1).replace(/\n\s*/g, ' ')

function inFlow(list: YAMLSeq, entry: Entry): Edit {
  const last = list.items.at(-1) as Node | undefined
  const at = last ? endOf(last) : startOf(list) + 1
  return { start: at, end: at, text: `${last ? ', ' : ''}${written(entry)}` }
}

function inBlock(text: string, list: YAMLSeq, entry: Entry): Edit {
  const column = columnOf(text, list)
  let at = lineAfter(text, list)
  // Comments that are indented deeper belong to the entry before.
  for (let comment = commentAt(text, at); comment && comment.column > column; comment = commentAt(text, at))
    at = comment.end
  return withLines(text, at, indented(entry, column))
}

/** A key goes in front of `containers`, and of the comments above that. */
function withKey(text: string, spec: YAMLMap, key: Key, entry: Entry): Edit {
  const containers = pairOf(spec, 'containers')
  if (!containers) throw new Unsupported('its containers come from a merge key. Write them out')
  const start = startOf(containers.key)
  const before = text.slice(lineStart(text, start), start)
  const isFirst = /^[ \t]*$/.test(before)
  if (spec.flow) {
    const gap = isFirst ? lineEnd(text, start) + before : ' '
    return { start, end: start, text: `"${key}": [${written(entry)}],${gap}` }
  }
  if (!isFirst) throw new Unsupported('its containers are not on a line of their own')
  const column = before.length
  const { value } = containers
  const dash = isSeq(value) && !value.flow ? columnOf(text, value) : column + 2
  return withLines(text, commentsAbove(text, start, column), [`${' '.repeat(column)}${key}:`, ...indented(entry, dash)])
}

const indented = ({ lines }: Entry, column: number) => lines.map((line) => (line ? ' '.repeat(column) + line : line))

const columnOf = (text: string, node: Node) => startOf(node) - lineStart(text, startOf(node))

/** The comment that fills the line at a position. */
function commentAt(text: string, at: number): { column: number; end: number } | undefined {
  const [line = '', spaces = ''] =
    /^( *)#.*(?:\n|$)/.exec(text.slice(at, text.indexOf('\n', at) + 1 || undefined)) ?? []
  return line ? { column: spaces.length, end: at + line.length } : undefined
}

/** Where the comments begin that stand right above a line, in its column. */
function commentsAbove(text: string, at: number, column: number): number {
  let start = lineStart(text, at)
  for (let before = start; before > 0; start = before) {
    before = lineStart(text, before - 1)
    if (commentAt(text, before)?.column !== column) break
  }
  return start
}

/**
 * Takes the entry of a name out, and its key where that came with it; undefined when there is none.
 *
 * @param added what `changeOf` said
 */
export function removal(
  text: string,
  spec: YAMLMap,
  key: Key,
  name: string,
  added: readonly string[],
): Edit | undefined {
  const pair = pairOf(spec, key)
  const list = pair?.value
  if (!pair || !isSeq(list)) return undefined
  const entries = list.items as Node[]
  const at = entries.findIndex((entry) => isMap(entry) && entry.get('name') === name)
  const entry = entries[at]
  if (!entry) return undefined
  if (entries.length > 1) return list.flow ? fromFlow(entries, at) : fromBlock(text, list, at, entry)
  const replaced = NULLS.find((value) => added.includes(`${key}:${value}`))
  const [start, end] = [startOf(list), endOf(list)]
  if (replaced !== undefined) return { start: replaced === '' ? start - 1 : start, end, text: replaced }
  if (list.flow && !added.includes(key)) return { start: start + 1, end: endOf(entry), text: '' }
  return spec.flow ? fromFlow(pairsOf(spec), pairsOf(spec).indexOf(pair)) : linesOf(text, startOf(pair.key), list)
}

/** Takes out one of several entries, or pairs, in flow style, with the comma that it brought. */
function fromFlow(all: readonly (Node | Found)[], at: number): Edit {
  const first = (each: Node | Found) => startOf('key' in each ? each.key : each)
  const end = (each: Node | Found) => endOf('key' in each ? (each.value ?? each.key) : each)
  const [before, one, next] = [all[at - 1], all[at] as Node | Found, all[at + 1]]
  // inject puts a pair in front of the other pairs, and an entry behind the other entries.
  if (next && ('key' in one || !before)) return { start: first(one), end: first(next), text: '' }
  return { start: before ? end(before) : first(one), end: end(one), text: '' }
}

function fromBlock(text: string, list: YAMLSeq, at: number, entry: Node): Edit {
  const token = list.srcToken?.type === 'block-seq' ? list.srcToken.items[at] : undefined
  const dash = token?.start.find(({ type }) => type === 'seq-item-ind')
  return linesOf(text, dash?.offset ?? startOf(entry), entry)
}

function linesOf(text: string, from: number, last: Node): Edit {
  const start = lineStart(text, from)
  if (text.slice(start, from).trim() !== '')
    throw new Unsupported('its init container shares a line with something else')
  return withoutLines(text, start, lineAfter(text, last))
}
