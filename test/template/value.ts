import t from 'tap'
import { cost, dict, int64, list, uint64, uint8 } from '../../src/template/value.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('making a value costs by its size', async t => {
  t.equal(cost('x'.repeat(80)), 10)
  t.equal(cost(list([1n, 2n])), 2)
  t.equal(cost(dict([['a', 1n]])), 1)
  t.equal(cost(int64(5n)), 0)
  t.equal(cost(null), 0)
})

t.test('integers wrap as Go’s do', async t => {
  t.strictSame(int64(2n ** 63n), { kind: 'int', type: 'int64', value: -(2n ** 63n) })
  t.strictSame(uint64(-1n), { kind: 'int', type: 'uint64', value: 2n ** 64n - 1n })
  t.strictSame(uint8(7), { kind: 'int', type: 'uint8', value: 7n })
})

t.test('builtins comes out as it does in Go', async t => {
  matchesGo(t, 'builtins')
})
