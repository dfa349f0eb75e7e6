import t from 'tap'
import { LimitError, placeOf, TemplateError } from '../../src/template/errors.ts'

t.test('a place is counted from 1, in lines and letters', async t => {
  t.strictSame(placeOf('ab\ncd', 0), { line: 1, column: 1 })
  t.strictSame(placeOf('ab\ncd', 4), { line: 2, column: 2 })
})

t.test('too much work is an error of its own', async t => {
  t.type(new LimitError('x'), TemplateError)
  t.match(new LimitError('x', 3), { name: 'LimitError', at: 3 })
  t.match(new TemplateError('x'), { name: 'TemplateError', at: undefined })
})
