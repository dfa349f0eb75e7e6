import t from 'tap'
import { sorted } from '../../src/template/kind.ts'
import { dict, uint64 } from '../../src/template/value.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('builtins comes out as it does in Go', async t => {
  matchesGo(t, 'builtins')
})

t.test('format comes out as it does in Go', async t => {
  matchesGo(t, 'format')
})

t.test('sprig comes out as it does in Go', async t => {
  matchesGo(t, 'sprig')
})

t.test('keys of all kinds have an order', async t => {
  const keys = [true, 2.5, 'b', 3n, null, 1n, 'a', false, 1.5, uint64(2n)]
  const map = { ...dict(keys.map(key => [key, key] as const)), key: 'interface {}' } as const
  t.strictSame(
    sorted(map).map(([key]) => key),
    [null, 1n, 3n, uint64(2n), 'a', 'b', 1.5, 2.5, false, true],
  )
})
