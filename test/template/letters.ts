import t from 'tap'
import { matchesGo } from '../fixtures/templates.ts'

t.test('sprig comes out as it does in Go', async t => {
  matchesGo(t, 'sprig')
})

t.test('format comes out as it does in Go', async t => {
  matchesGo(t, 'format')
})

t.test('helpers comes out as it does in Go', async t => {
  matchesGo(t, 'helpers')
})

t.test('yaml comes out as it does in Go', async t => {
  matchesGo(t, 'yaml')
})
