import { isDeepStrictEqual } from 'node:util'
import { isMap, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml'
import { addition, changeOf, type Entry, type Key, removal, Unsupported } from './lists'
import { dataOf, type Fields, fieldsOf, listOf, type Manifest, type Pod, readManifest } from './manifest'
import { type Edit, lineAfter, lineStart, splice } from './splice'

/** The names of what is added, as `templates/init-container.hbs` has them. */
export const CONTAINER = 'apisix-mesh-agent'
export const VOLUME = 'xtables-lock'
/** The variable of the container that says what was added to the pod. */
const ADDED = 'APISIX_MESH_AGENT_ADDED'

/** The init container and its volume in YAML, as `--format init-container` prints them. `added` goes into that variable. */
export type Render = (added: string) => string

/** The lists in which a container of iptables has an entry, for the lock; one of nft is without. */
export const WITH_LOCK: readonly Key[] = ['initContainers', 'volumes']
export const WITHOUT_LOCK: readonly Key[] = ['initContainers']

/** A document, and by the number of a pod why that stays as it is, continuing a sentence about it. */
export interface Changed {
  text: string
  problems: Map<number, string>
}

const UNUSUAL = 'it is written in a way that inject cannot change. Write its spec in block style'

/**
 * Puts an init container into pods, each the last one of its pod. One that is there is replaced, so that twice is as once.
 *
 * Text is spliced in where it belongs, and all else stays as it is. What comes out is read again: it has to hold what was added,
 * and taking that out has to give the text as it was before, to the byte.
 *
 * @param renders what each pod gets; undefined for one that stays as it is
 * @param lists where what they give has an entry
 */
export function inject(
  manifest: Manifest,
  renders: readonly (Render | undefined)[],
  lists: readonly Key[] = WITH_LOCK,
): Changed {
  const isMeant = (at: number) => renders[at] !== undefined
  const { text: before, problems } = takeOut(manifest, isMeant)
  const without = reread(before, manifest)
  const expected = without && dataOf(without.document)
  const text =
    without &&
    change(without, isMeant, problems, (spec, pod, at) => {
      const changes = keysFor(pod, lists).map((key) => ({ key, what: changeOf(before, spec, key, pod.spec) }))
      const entries = entriesOf((renders[at] as Render)(changes.map(({ what }) => what).join(' ')), lists)
      // Where both come to one place, an entry goes behind its list before a key begins.
      return changes
        .toSorted((one, other) => Number(one.what === one.key) - Number(other.what === other.key))
        .map(({ key }) => {
          const entry = entries[key] as Entry
          push(expected, pod, key, entry.data)
          return addition(before, spec, key, entry)
        })
    })
  const after = text === undefined ? undefined : reread(text, manifest)
  const holds = after && isDeepStrictEqual(dataOf(after.document), expected) && takeOut(after, isMeant).text === before
  if (problems.size === 0 && holds) return { text: after.text, problems }
  if (problems.size === 0) for (const at of [...manifest.pods.keys()].filter(isMeant)) problems.set(at, UNUSUAL)
  const others = inject(
    manifest,
    renders.map((render, at) => (problems.has(at) ? undefined : render)),
    lists,
  )
  return { text: others.text, problems: new Map([...problems, ...others.problems]) }
}

/** Takes out what `inject` has added: to every pod, or to those that are meant. */
export function takeOut(manifest: Manifest, isMeant: (at: number) => boolean = () => true): Changed {
  const problems = new Map<number, string>()
  const text = change(manifest, isMeant, problems, (spec, pod) => {
    const [container] = listOf(pod.spec.initContainers).filter(({ name }) => name === CONTAINER)
    const [record] = listOf(container?.env).filter(({ name }) => name === ADDED)
    const added = `${record?.value ?? ''}`.split(' ')
    return [
      removal(manifest.text, spec, 'initContainers', CONTAINER, added),
      added.some((what) => what.startsWith('volume'))
        ? removal(manifest.text, spec, 'volumes', VOLUME, added)
        : undefined,
    ].filter((edit) => edit !== undefined)
  })
  if (reread(text, manifest)) return { text, problems }
  return {
    text: manifest.text,
    problems: new Map([...manifest.pods.keys()].filter(isMeant).map((at) => [at, UNUSUAL])),
  }
}

/** Where something is added: a volume of that name is taken as it is. */
function keysFor({ spec }: Pod, lists: readonly Key[]): Key[] {
  const hasVolume = listOf(spec.volumes).some(({ name }) => name === VOLUME)
  return lists.filter((key) => key !== 'volumes' || !hasVolume)
}

/** The text after the edits of each pod that is meant. Those that cannot be made are problems. */
function change(
  { text, document, pods }: Manifest,
  isMeant: (at: number) => boolean,
  problems: Map<number, string>,
  editsOf: (spec: YAMLMap, pod: Pod, at: number) => Edit[],
): string {
  const edits = pods.flatMap((pod, at) => {
    if (!isMeant(at)) return []
    try {
      const spec = document.getIn(pod.path, true)
      if (isMap(spec)) return editsOf(spec, pod, at)
      throw new Unsupported('its spec is an alias, or comes from a merge key. Write it out')
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error
      problems.set(at, error.message)
      return []
    }
  })
  return splice(text, edits)
}

/** A document after a change; undefined when it cannot be read any more, or has other pods. */
function reread(text: string, before: Manifest): Manifest | undefined {
  if (text === before.text) return before
  try {
    const after = readManifest(text)
    return after?.pods.length === before.pods.length ? after : undefined
  } catch {
    return undefined
  }
}

/** The entries to add, out of the YAML that holds them. */
function entriesOf(rendered: string, lists: readonly Key[]): Partial<Record<Key, Entry>> {
  const document = parseDocument(rendered)
  const entry = (key: Key): Entry => {
    const list = document.get(key) as YAMLSeq
    const start = list.range?.[0] as number
    const column = start - lineStart(rendered, start)
    const lines = rendered
      .slice(start - column, lineAfter(rendered, list))
      .trimEnd()
      .split('\n')
    const [data] = listOf(fieldsOf(document.toJS())[key])
    return { lines: lines.map((line) => line.slice(column)), data: data as Fields }
  }
  return Object.fromEntries(lists.map((key) => [key, entry(key)]))
}

/** Does to data what is done to the text. */
function push(data: unknown, { path }: Pod, key: Key, entry: Fields): void {
  const spec = path.reduce((value, step) => (value as Record<string | number, unknown>)[step], data) as Fields
  spec[key] = [...((spec[key] ?? []) as unknown[]), entry]
}
