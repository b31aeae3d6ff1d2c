import fc from 'fast-check'
import { INTERCEPTION_OPTIONS } from '../../src/interception/options'
import { flagOf } from '../../src/options/input'
import { validValuesOf } from '../options'

/** What holds for every input, and its share of the 21,000 cases. */
export interface Fuzzed {
  what: string
  share: number
  /** Tries its share of cases, from a seed or a new one, which a failure names. */
  holds(seed?: number): Promise<void>
}

export function fuzzed<T>(what: string, share: number, property: fc.IRawProperty<T>): Fuzzed {
  const holds = async (seed?: number) => {
    const settings = { numRuns: share, includeErrorInReport: true, ...(seed !== undefined && { seed }) }
    await fc.assert(property as fc.IAsyncProperty<T>, settings)
  }
  return { what, share, holds }
}

/** Pieces that have a meaning somewhere: to a terminal, a shell, a parser, the kernel. */
const PIECES = [
  ...['\u001b[31m', '\u009b2J', '\u202e', '\u0007', '\r', '\n', '\t', '\0', '\u007f', '\u200b', '\ufeff', '\u2028'],
  ...['"', "'", '`', '$', '\\', '%', '{{', '}}', '-', '--', ',', ':', '/', '*', '@', '#', '!', ' ', '+', '=', '[', ']'],
  ...[
    '\ud800',
    '８０',
    'é',
    '💥',
    '80',
    '443',
    '8000-8010',
    '65536',
    '10.0.0.0/8',
    'fd00::/8',
    'alex',
    '501',
    'lo',
    'COMMIT',
  ],
]

const WHOLE = [
  ...[
    '',
    ' ',
    '-',
    '--',
    '*',
    '@',
    '0',
    '65535',
    '65536',
    '4294967294',
    '4294967295',
    '9'.repeat(40),
    '1e3',
    '-1',
    '080',
  ],
  ...['NaN', 'true', 'false', 'yes', '__proto__', 'constructor', 'toString', '-h', 'a'.repeat(5000), '80,'.repeat(300)],
  ...[
    '80\n-A OUTPUT -j ACCEPT',
    'x\nCOMMIT\n*nat',
    '$(id)',
    '`id`',
    '../../etc/passwd',
    '/nosuch',
    '/nosuch\u001b[31m\n',
  ],
  ...[
    '::',
    '::/0',
    '::ffff:1.2.3.4/120',
    '0.0.0.0/0',
    '10.1.2.3/8',
    '1.2.3',
    '0x7f.1',
    '1::2::3/64',
    '/8',
    '10.0.0.0/',
  ],
]

export const pieces = fc.constantFrom(...PIECES)

/** Whatever somebody may write for a value. */
export const hostile = fc.oneof(
  fc.constantFrom(...WHOLE),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.array(pieces, { maxLength: 6 }).map((some) => some.join('')),
)

/** Valid values of the options that say what is redirected, by their flags. */
export const VALID: Record<string, string[]> = Object.fromEntries(
  INTERCEPTION_OPTIONS.map((name) => [flagOf(name), validValuesOf(name)]),
)

/** More often valid than not, so that many of them together are still valid now and then. */
export const validOrNot = (valid: string[]) =>
  valid.length === 0 ? hostile : fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...valid) }, hostile)
