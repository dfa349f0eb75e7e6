import t from 'tap'
import { compile } from '../../src/template/regex-code.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('regex comes out as it does in Go', async t => {
  matchesGo(t, 'regex')
})

t.test('an expression has a size', async t => {
  t.throws(() => compile('((((a{100}){100}){100}){100})'), { message: 'the regular expression is too large' })
})
