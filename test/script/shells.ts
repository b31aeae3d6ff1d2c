/** The shells that the script runs under. */
export const SHELLS: Record<string, [program: string, ...args: string[]]> = {
  dash: ['dash'],
  'busybox ash': ['busybox', 'ash'],
  bash: ['bash'],
  'bash --posix': ['bash', '--posix'],
}
