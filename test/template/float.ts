import t from 'tap'
import { matchesGo } from '../fixtures/templates.ts'

t.test('format comes out as it does in Go', async t => {
  matchesGo(t, 'format')
})

t.test('json comes out as it does in Go', async t => {
  matchesGo(t, 'json')
})

t.test('yaml comes out as it does in Go', async t => {
  matchesGo(t, 'yaml')
})
