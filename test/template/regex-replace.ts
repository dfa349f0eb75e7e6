import t from 'tap'
import { matchesGo } from '../fixtures/templates.ts'

t.test('regex comes out as it does in Go', async t => {
  matchesGo(t, 'regex')
})

t.test('sprig comes out as it does in Go', async t => {
  matchesGo(t, 'sprig')
})
