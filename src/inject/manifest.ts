import { type Document, parseDocument } from 'yaml'

/** What a mapping holds, as data that nobody has checked. */
export type Fields = Record<string, unknown>

/** A value as a mapping: an empty one when it is none. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

/** The mappings of a list: none when it is no list. */
export const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : [])

/** A pod, or the template of pods, in a manifest. */
export interface Pod {
  /** The kind and name of what holds it, as in `Deployment shop/web`. */
  label: string
  /** The keys and indices that lead to its spec. */
  path: (string | number)[]
  annotations: Fields
  /** Its spec, aliases and merge keys resolved. */
  spec: Fields
}

/** One document that is for Kubernetes. */
export interface Manifest {
  text: string
  document: Document
  pods: Pod[]
}

const APPS = /^(?:apps|extensions)\/v/
const BATCH = /^batch\/v/

/** Kinds that have pods, the API versions in which they do, and where in them the pod is. */
const KINDS: Record<string, { api: RegExp; path: string[] }> = {
  Pod: { api: /^v1$/, path: [] },
  Deployment: { api: APPS, path: ['spec', 'template'] },
  StatefulSet: { api: APPS, path: ['spec', 'template'] },
  DaemonSet: { api: APPS, path: ['spec', 'template'] },
  ReplicaSet: { api: APPS, path: ['spec', 'template'] },
  Job: { api: BATCH, path: ['spec', 'template'] },
  CronJob: { api: BATCH, path: ['spec', 'jobTemplate', 'spec', 'template'] },
}

/** What a text has that may hold a pod: to parse all others would take long for nothing. */
const HAS_POD = new RegExp(`\\b(?:${Object.keys(KINDS).join('|')})\\b`)
const IS_MANIFEST = /^[ \t{]*["']?(?:apiVersion|kind)["']?[ \t]*:/m

/** The documents of a stream. Joined they are the stream again. */
export const documentsOf = (stream: string) => stream.split(/(?<=\n)(?=---(?:\s|$))/)

/** Something in a document that keeps it from being read: its place, and why. */
export class UnreadableManifest extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message)
  }
}

/**
 * One document; undefined when it has no pod, or is no manifest at all.
 *
 * Throws an UnreadableManifest for a manifest that is not valid YAML.
 */
export function readManifest(text: string): Manifest | undefined {
  if (!HAS_POD.test(text)) return undefined
  // Kubernetes reads YAML 1.1, with merge keys and `yes`.
  const document = parseDocument(text, {
    version: '1.1',
    keepSourceTokens: true,
    prettyErrors: false,
    logLevel: 'error',
  })
  const [error] = document.errors
  try {
    if (error) throw new UnreadableManifest(error.pos[0], error.message)
    const pods = podsOf(dataOf(document), [])
    return pods.length > 0 ? { text, document, pods } : undefined
  } catch (error) {
    if (IS_MANIFEST.test(text)) throw error
    return undefined
  }
}

/** A document as data of its own: what an alias stands for is copied. */
export function dataOf(document: Document): unknown {
  try {
    return JSON.parse(JSON.stringify(document.toJS() ?? null))
  } catch (error) {
    throw new UnreadableManifest(0, (error as Error).message)
  }
}

function podsOf(data: unknown, at: Pod['path']): Pod[] {
  const { apiVersion, kind, metadata, items } = fieldsOf(data)
  if (kind === 'List' && apiVersion === 'v1')
    return Array.isArray(items) ? items.flatMap((item, index) => podsOf(item, [...at, 'items', index])) : []
  const found = typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
  if (!found?.api.test(`${apiVersion}`)) return []
  const pod = fieldsOf(found.path.reduce<unknown>((value, key) => fieldsOf(value)[key], data))
  const spec = fieldsOf(pod.spec)
  // A patch may say a part of a pod only.
  if (listOf(spec.containers).length === 0) return []
  const { namespace, name, generateName } = fieldsOf(metadata)
  const names = [namespace, name ?? generateName].filter((each) => typeof each === 'string')
  return [
    {
      label: [kind, names.join('/')].filter(Boolean).join(' '),
      path: [...at, ...found.path, 'spec'],
      annotations: fieldsOf(fieldsOf(pod.metadata).annotations),
      spec,
    },
  ]
}
