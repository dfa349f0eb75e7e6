/** The candidate that differs least from a mistyped word, if it is near enough to be what was meant. */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  if (word.length > 40) return undefined
  const scored = candidates.map(candidate => ({ candidate, distance: distance(word.toLowerCase(), candidate) }))
  const best = scored.reduce((least, next) => (next.distance < least.distance ? next : least))
  return best.distance <= Math.min(3, Math.ceil(word.length / 2)) ? best.candidate : undefined
}

/** Edits (insert, delete, replace) that turn a into b. https://en.wikipedia.org/wiki/Levenshtein_distance */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of Array.from(a).entries()) {
    const above = row
    row = [i + 1]
    for (const [j, other] of Array.from(b).entries()) {
      const [left, up, corner] = [Number(row[j]), Number(above[j + 1]), Number(above[j])]
      row.push(Math.min(left + 1, up + 1, corner + (letter === other ? 0 : 1)))
    }
  }
  return Number(row[b.length])
}
