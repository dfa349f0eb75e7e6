import t from 'tap'
import { parse } from '../../src/template/parse.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('a fault that is not of the template is not hidden', async t => {
  const known = (): never => {
    throw new TypeError('ours')
  }
  t.throws(() => parse('{{ x }}', '{{', '}}', known), TypeError)
})

t.test('a template has a size', async t => {
  t.match(
    parse('x'.repeat(1024 * 1024 + 1), '{{', '}}', () => true),
    { line: 1, column: 1, message: /1 MiB/ },
  )
  t.type(
    parse('x'.repeat(1024 * 1024), '{{', '}}', () => true),
    Map,
  )
})
