import t from 'tap'
import {
  isCapital,
  isDigit,
  isIdeograph,
  isLetter,
  isLower,
  isNumber,
  isPrint,
  isPunctuation,
  isUpper,
  isWordLetter,
} from '../../src/template/letters.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('sprig comes out as it does in Go', async t => {
  matchesGo(t, 'sprig')
})

t.test('format comes out as it does in Go', async t => {
  matchesGo(t, 'format')
})

t.test('helpers comes out as it does in Go', async t => {
  matchesGo(t, 'helpers')
})

t.test('yaml comes out as it does in Go', async t => {
  matchesGo(t, 'yaml')
})

t.test('categories are Unicode’s, in ASCII too', async t => {
  const every = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
  const same = (is: (letter: string) => boolean, pattern: RegExp, name: string): void => {
    for (const letter of every.concat(Array.from('éÉǅßœ☃😀漢あ가½٣Ⅷ‿«»\u0301\u00a0\u2028\udc80')))
      t.equal(is(letter), pattern.test(letter), `${name} ${letter.codePointAt(0)}`)
  }
  same(isLetter, /^\p{L}$/u, 'letter')
  same(isUpper, /^\p{Lu}$/u, 'upper')
  same(isCapital, /^[\p{Lu}\p{Lt}]$/u, 'capital')
  same(isLower, /^\p{Ll}$/u, 'lower')
  same(isDigit, /^\p{Nd}$/u, 'digit')
  same(isNumber, /^\p{N}$/u, 'number')
  same(isPunctuation, /^\p{P}$/u, 'punctuation')
  same(isWordLetter, /^[\p{L}\p{N}\p{M}\p{Pc}]$/u, 'word')
  same(isIdeograph, /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]$/u, 'ideograph')
  same(isPrint, /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u, 'print')
})
