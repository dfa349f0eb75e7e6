import t from 'tap'
import { fieldOf } from '../../src/template/field.ts'
import type { Callable, Run } from '../../src/template/value.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('a number that is too large has no float', async t => {
  const number = { kind: 'json-number', text: '1e400' } as const
  const method = fieldOf(number, 'Float64', false, 0)
  t.throws(() => 'method' in Object(method) && (method as { method: Callable }).method.call([], {} as Run), {
    message: 'this is no float64',
  })
})
