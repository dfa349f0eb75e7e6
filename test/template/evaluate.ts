import t from 'tap'
import { matchesGo, render, sources } from '../fixtures/templates.ts'

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('a function that is refused fails by its name where it is reached', async t => {
  const from = sources()
  t.match(render({ template: '{{ if false }}{{ key "a" }}{{ end }}' }, from), { kind: 'rendered' })
  t.match(render({ template: '{{ key "a" }}' }, from), { kind: 'failed', message: 'the function key is not supported' })
})
