/**
 * Whether a letter is of one of these categories of Unicode. Expressions with `\p` are only made when a letter beyond
 * ASCII comes up: each costs half a millisecond to read, and templates rarely need one.
 */
const isOf = (letter: string, ascii: RegExp, categories: string): boolean =>
  letter < '\x80' && letter.length === 1 ? ascii.test(letter) : new RegExp(`^[${categories}]$`, 'u').test(letter)

export const isLetter = (letter: string): boolean => isOf(letter, /[A-Za-z]/, String.raw`\p{L}`)
export const isUpper = (letter: string): boolean => isOf(letter, /[A-Z]/, String.raw`\p{Lu}`)
/** A capital, or a pair of letters of which the first is one: `ǅ`. */
export const isCapital = (letter: string): boolean => isOf(letter, /[A-Z]/, String.raw`\p{Lu}\p{Lt}`)
export const isLower = (letter: string): boolean => isOf(letter, /[a-z]/, String.raw`\p{Ll}`)
export const isDigit = (letter: string): boolean => isOf(letter, /[0-9]/, String.raw`\p{Nd}`)
export const isNumber = (letter: string): boolean => isOf(letter, /[0-9]/, String.raw`\p{N}`)
export const isPunctuation = (letter: string): boolean => isOf(letter, /[!-#%-*,-/:;?@[-\]_{}]/, String.raw`\p{P}`)
/** What words are made of. */
export const isWordLetter = (letter: string): boolean => isOf(letter, /\w/, String.raw`\p{L}\p{N}\p{M}\p{Pc}`)
/** Of scripts that know no capitals and no words. */
export const isIdeograph = (letter: string): boolean =>
  isOf(letter, /[^\0-\x7f]/, String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}`)
/** What Go prints as it is. */
export const isPrint = (letter: string): boolean => isOf(letter, /[ -~]/, String.raw`\p{L}\p{M}\p{N}\p{P}\p{S}`)
