/** The first and the last of a port or id, or of a range of them, as rules write them: `80`, `8000:8010`, `1000-2000`. */
export function rangeOf(text: string): [first: number, last: number] {
  const [first = 0, last = first] = text.split(/[:-]/).map(Number)
  return [first, last]
}

export function isInRange(number: number, text: string): boolean {
  const [first, last] = rangeOf(text)
  return first <= number && number <= last
}
