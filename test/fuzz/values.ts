import fc from 'fast-check'

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

const PORTS = ['80', '443', '22', '80,443', '8000-8010', '8000:8010', '1-65535', '9080']
const CIDRS = ['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '::1', '10.0.0.0/8,192.0.2.0/24', '127.0.0.0/8']
const IDS = ['0', '1000', '1000-2000', '501', '4294967294', '7,8']
const USERS = ['501:20', '0:0', '4294967294:4294967294', 'alex', 'nobody']
const SWITCH = ['true', 'false']

/** Valid values of the options that say what is intercepted, by their flags. */
export const VALID: Record<string, string[]> = {
  '--apisix-port': ['9080', '1', '65535'],
  '--apisix-inbound-capture-port': ['9081'],
  '--apisix-user': USERS,
  '--inbound-interception-mode': ['REDIRECT'],
  '--inbound-ports': [...PORTS, '*'],
  '--outbound-ports': [...PORTS, '*'],
  '--inbound-exclude-ports': PORTS,
  '--outbound-exclude-ports': PORTS,
  '--inbound-exclude-cidrs': CIDRS,
  '--outbound-exclude-cidrs': CIDRS,
  '--outbound-cidrs': CIDRS,
  '--exclude-interfaces': ['lo', 'eth+', 'docker0,a-name_of.15chr'],
  '--outbound-exclude-users': IDS,
  '--outbound-exclude-groups': IDS,
  '--outbound-exclude-ports-for-users': ['1000:80', '7:80,8000-8010', '1000-2000:443'],
  '--jump-position': ['first', 'last'],
  '--ip-family': ['ipv4', 'ipv6', 'dual'],
  ...Object.fromEntries(['--compact', '--isolate', '--no-ssh-exempt', '--comments'].map((flag) => [flag, SWITCH])),
}

/** More often valid than not, so that many of them together are still valid now and then. */
export const validOrNot = (valid: string[]) =>
  valid.length === 0 ? hostile : fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...valid) }, hostile)
