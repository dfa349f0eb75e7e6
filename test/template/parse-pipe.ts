import t from 'tap'
import { failure, matchesGo } from '../fixtures/templates.ts'

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('variables have an end', async t => {
  t.equal(failure('{{ $x := 1 }}'.repeat(500)), 'more than 500 variables')
  t.equal(failure('{{ $x := 1 }}'.repeat(499)), undefined)
})
