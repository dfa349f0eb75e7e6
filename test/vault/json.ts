import t from 'tap'
import { isNumeral, parseJson } from '../../src/vault/json.ts'

t.test('numbers come out as they were written', async t => {
  const text =
    '{"a":12345678901234567890,"b":1.10,"c":1e400,"d":-0,"e":42,"f":[1.50,"1.10",true,null],"__proto__":{"g":1.0}}'
  t.equal(JSON.stringify(parseJson(text)), text)
})

t.test('a number that JavaScript keeps is a number', async t => {
  t.strictSame(parseJson('{"ttl":15,"half":0.5}'), { ttl: 15, half: 0.5 })
})

t.test('what is no JSON throws, however deep', async t => {
  t.throws(() => parseJson('{'), SyntaxError)
  t.throws(() => parseJson('['.repeat(1_000_000) + ']'.repeat(1_000_000)), RangeError)
})

t.test('digits that were kept are told from objects', async t => {
  t.ok(isNumeral(parseJson('1.10')))
  for (const value of [{ rawJSON: '1.10' }, 1.1, '1.10', null]) t.notOk(isNumeral(value))
})
