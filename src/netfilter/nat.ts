import { parseSaved, Unreadable } from '../ruleset/parse'
import type { Ruleset } from '../ruleset/ruleset'
import { Refusal } from '../system/refusal'
import type { Ended, Run } from '../system/run'
import { explainFailure } from './failure'
import type { Tools } from './tools'

/** The live nat table. Throws a Refusal when it cannot be read whole. */
export async function readNat({ save }: Tools, run: Run): Promise<Ruleset> {
  const ended = await start(save, run(save, ['-t', 'nat']))
  if (ended.status !== 0) throw new Refusal(explainFailure(save, ended), ended.stderr)
  try {
    return parseSaved(ended.stdout)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    throw new Refusal(`${save} shows no complete nat table (${error.message}): nothing was changed`, ended.stderr)
  }
}

/** Puts a document into force, whole or not at all. Throws a Refusal when it is rejected. */
export async function restoreNat({ restore }: Tools, document: string, run: Run): Promise<void> {
  const ended = await start(restore, run(restore, ['--noflush'], { input: document }))
  if (ended.status !== 0) throw new Refusal(explainFailure(restore, ended, document), ended.stderr)
}

async function start(tool: string, running: Promise<Ended>): Promise<Ended> {
  try {
    return await running
  } catch (error) {
    throw new Refusal(`${tool} cannot be started: ${(error as Error).message}`)
  }
}
