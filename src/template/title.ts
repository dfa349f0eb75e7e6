import { isLetter, isWordLetter } from './letters.ts'

/** Between letters they do not end a word: https://unicode.org/reports/tr29/#Word_Boundaries */
const inside = /^['.\u00b7\u2018\u2019\u2024\u2027:\u05f4\ufe13\ufe52\ufe55\uff07\uff0e\uff1a]$/u

/** The first letter of each word as a capital; the others stay. */
export const title = (text: string): string => {
  const letters = Array.from(text)
  let inWord = false
  return letters
    .map((each, at) => {
      if (isWordLetter(each)) {
        const capital = inWord || !isLetter(each) ? each : capitalsOf(each)
        inWord = inWord || isLetter(each)
        return capital
      }
      if (!inside.test(each) || !letters.slice(at + 1, at + 2).some(isWordLetter)) inWord = false
      return each
    })
    .join('')
}

/** Several letters where it must be: `ß` becomes `Ss`. */
const capitalsOf = (each: string): string => {
  const upper = each.toUpperCase()
  const [first = '', ...others] = Array.from(upper)
  if (others.length === 0) return capitalOf(each)
  return first + (first.toLowerCase() === first ? others.join('') : others.join('').toLowerCase())
}

/** One letter for one; `ǆ` becomes `ǅ`. */
export const capitalOf = (each: string): string => {
  const digraph = 'ǄǅǆǇǈǉǊǋǌǱǲǳ'.indexOf(each)
  if (digraph >= 0) return 'ǅǅǅǈǈǈǋǋǋǲǲǲ'.charAt(digraph)
  const upper = each.toUpperCase()
  return Array.from(upper).length === 1 ? upper : each
}
