import t from 'tap'
import { matchesGo } from '../fixtures/templates.ts'

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('builtins comes out as it does in Go', async t => {
  matchesGo(t, 'builtins')
})

t.test('helpers comes out as it does in Go', async t => {
  matchesGo(t, 'helpers')
})
