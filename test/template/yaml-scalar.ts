import t from 'tap'
import { matchesGo } from '../fixtures/templates.ts'

t.test('yaml-read comes out as it does in Go', async t => {
  matchesGo(t, 'yaml-read')
})

t.test('yaml comes out as it does in Go', async t => {
  matchesGo(t, 'yaml')
})
