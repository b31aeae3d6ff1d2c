/** The first and the last of a port or id, or of a range of them, as rules write them: `80`, `8000:8010`, `1000-2000`. */
export function rangeOf(text: string): [first: number, last: number] {
  const [first = 0, last = first] = text.split(/[:-]/).map(Number)
  return [first, last]
}

export function isInRange(number: number, text: string): boolean {
  const [first, last] = rangeOf(text)
  return first <= number && number <= last
}

/** The ports that are in both of two lists of ports and ranges; null stands for all ports. */
export function inBoth(ones: string[] | null, others: string[] | null): string[] | null {
  if (!ones || !others) return ones ?? others
  return ones.flatMap((one) =>
    others.flatMap((other) => {
      const [first, last] = [rangeOf(one), rangeOf(other)].reduce(([low, high], [from, to]) => [
        Math.max(low, from),
        Math.min(high, to),
      ])
      return first > last ? [] : [first === last ? `${first}` : `${first}:${last}`]
    }),
  )
}
