/** The interfaces of a network namespace, out of the text of its `/proc/net/dev`. */
export const interfacesIn = (text: string): string[] =>
  [...text.matchAll(/^ *([^\s:]+):/gm)].map(([, name = '']) => name)

/** Whether an interface is meant by a name, as in `eth0`, or by the start of one, as in `eth+`. */
export const isInterface = (name: string, meant: string): boolean =>
  meant.endsWith('+') ? name.startsWith(meant.slice(0, -1)) : name === meant
