/** Cells of a dimension as intervals in rising order, which neither touch nor overlap. */
export type Cells = readonly (readonly [first: number, last: number])[]

/** The cells of one or the other, whose intervals may come in any order. */
export function union(one: Cells, other: Cells = []): [first: number, last: number][] {
  const joined: [number, number][] = []
  for (const [first, last] of [...one, ...other].sort(([a], [b]) => a - b)) {
    const before = joined.at(-1)
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else joined.push([first, last])
  }
  return joined
}

/** All other cells of a dimension with so many. */
export function complement(cells: Cells, size: number): Cells {
  const others: [number, number][] = []
  let from = 0
  for (const [first, last] of cells) {
    if (first > from) others.push([from, first - 1])
    from = last + 1
  }
  if (from < size) others.push([from, size - 1])
  return others
}

/** The cells of both. */
export function intersection(one: Cells, other: Cells): Cells {
  return one.flatMap(([first, last]) =>
    other.flatMap(([from, to]): [number, number][] =>
      Math.max(first, from) <= Math.min(last, to) ? [[Math.max(first, from), Math.min(last, to)]] : [],
    ),
  )
}
