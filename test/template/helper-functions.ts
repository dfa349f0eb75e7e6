import t from 'tap'
import { matchesGo } from '../fixtures/templates.ts'

t.test('helpers comes out as it does in Go', async t => {
  matchesGo(t, 'helpers')
})

t.test('regex comes out as it does in Go', async t => {
  matchesGo(t, 'regex')
})

t.test('json comes out as it does in Go', async t => {
  matchesGo(t, 'json')
})

t.test('yaml comes out as it does in Go', async t => {
  matchesGo(t, 'yaml')
})

t.test('toml comes out as it does in Go', async t => {
  matchesGo(t, 'toml')
})
