import t from 'tap'
import { failure, matchesGo } from '../fixtures/templates.ts'

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('blocks and parentheses have a depth', async t => {
  const deep = (count: number): string => `{{ ${'('.repeat(count)}1${')'.repeat(count)} }}`
  t.equal(failure(deep(200)), undefined)
  t.equal(failure(deep(201)), 'more than 200 blocks or parentheses in one another')
  t.equal(
    failure(`${'{{ if 1 }}'.repeat(201)}${'{{ end }}'.repeat(201)}`),
    'more than 200 blocks or parentheses in one another',
  )
})
