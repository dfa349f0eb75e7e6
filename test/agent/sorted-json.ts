import fc from 'fast-check'
import t from 'tap'
import { byCodePoint, sortedEntries, sortedJson } from '../../src/agent/sorted-json.ts'
import { parseJson } from '../../src/vault/json.ts'

t.test('names stand in the order of their UTF-8 bytes', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\uD7FF', '\uE000', '\uFFFF', '😀', '😁') })
  fc.assert(
    fc.property(text, text, (one, other) => {
      const bytes = Buffer.compare(Buffer.from(one), Buffer.from(other))
      return Math.sign(byCodePoint(one, other)) === bytes
    }),
    { numRuns: 5000 },
  )
})

t.test('the same data are the same text, in whatever order they come', async t => {
  t.equal(sortedJson({ b: [{ d: 1, c: null }], a: 'x' }), '{"a":"x","b":[{"c":null,"d":1}]}')
  t.equal(sortedJson(parseJson('{"z":1.10,"a":12345678901234567890}')), '{"a":12345678901234567890,"z":1.10}')
  t.equal(sortedJson(parseJson('{"b":1,"__proto__":2}')), '{"__proto__":2,"b":1}')
  t.strictSame(sortedEntries({ '10': 1, '9': 2 }), [
    ['10', 1],
    ['9', 2],
  ])
})

t.test('it is JSON of the same value', async () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      value =>
        JSON.stringify(JSON.parse(sortedJson(value))) ===
        JSON.stringify(JSON.parse(sortedJson(JSON.parse(JSON.stringify(value))))),
    ),
  )
})
