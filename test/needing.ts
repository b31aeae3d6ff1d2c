import { test } from 'uvu'
import { find } from '../src/system/find'

const said = new Set<string>()

/** Registers a test; as skipped where something is missing, and as failed when nothing may be skipped. */
function testUnless(lack: string | undefined, title: string, body: () => void | Promise<void>): void {
  if (!lack) test(title, body)
  else if (process.env.CI !== 'true') {
    if (!said.has(lack)) console.error(`tests are skipped: ${lack}`)
    said.add(lack)
    test.skip(title)
  } else
    test(title, () => {
      throw new Error(`with CI=true nothing may be skipped: ${lack}`)
    })
}

/** A test that needs a program. */
export function testWith(program: string, title: string, body: () => void | Promise<void>): void {
  const lack = find(program, process.env.PATH) ? undefined : `there is no ${program}: apt-get install ${program}`
  testUnless(lack, title, body)
}

/** A test that only root can make. */
export function testAsRoot(title: string, body: () => void | Promise<void>): void {
  testUnless(process.getuid?.() === 0 ? undefined : 'it takes root: sudo npm test', title, body)
}
