import t from 'tap'
import { asText, quote } from '../../src/inject/quote.ts'

t.test('somebody’s words cannot break out of our sentence', async t => {
  t.equal(quote('app'), '"app"')
  t.equal(quote('a"b\n\u0000'), String.raw`"a\"b\n\u0000"`)
})

t.test('long words are cut, also in the middle of a character', async t => {
  t.equal(quote('x'.repeat(65)), `"${'x'.repeat(64)}…"`)
  t.equal(quote(`${'x'.repeat(63)}\u{1F511}`), `"${'x'.repeat(63)}\uFFFD…"`)
})

t.test('what is no word is one all the same, however it would rather be none', async t => {
  t.strictSame(['a', 1, true, undefined].map(asText), ['a', '1', 'true', 'undefined'])
  t.strictSame([null, {}, { toString: 1, valueOf: null }, []].map(asText), Array(4).fill('an object'))
})
