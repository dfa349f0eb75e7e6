import t from 'tap'
import { celOf } from '../../src/cli/cel.ts'

t.test('a value of JSON is an expression whose parts are dyn, and whose texts mean nothing in CEL', async t => {
  t.equal(celOf('plain'), "'plain'")
  t.equal(celOf(`it's a \\ and\na line`), String.raw`'it\'s a \\ and\na line'`)
  t.equal(celOf(3), '3')
  t.equal(celOf(true), 'true')
  t.equal(celOf(null), 'null')
  t.equal(celOf([1, 'a']), "[dyn(1), dyn('a')]")
  t.equal(celOf({ a: { 'b-c': [] }, d: '' }), "{'a': dyn({'b-c': dyn([])}), 'd': dyn('')}")
})

t.test('holes are filled with expressions, in the order in which they stand', async t => {
  const holes = [
    ['WHO', 'object.name'],
    ['WHERE', 'object.place'],
    [42, 'object.count'],
  ] as const
  t.equal(celOf('WHO', holes), 'object.name')
  t.equal(celOf('to WHERE from WHO.', holes), "'to ' + object.place + ' from ' + object.name + '.'")
  t.equal(celOf('WHO and WHO', holes), "object.name + ' and ' + object.name")
  t.equal(celOf({ n: 42, m: 43, s: '42' }, holes), "{'n': dyn(object.count), 'm': dyn(43), 's': dyn('42')}")
})
