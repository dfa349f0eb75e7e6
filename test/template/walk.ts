import t from 'tap'
import { execute, parseTemplate } from '../../src/template/template.ts'
import { matchesGo, sources } from '../fixtures/templates.ts'

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('a fault that is not of the template is not hidden', async t => {
  const parsed = parseTemplate('{{ secret "a" }}')
  const answer = (): never => {
    throw new TypeError('ours')
  }
  t.throws(() => 'templates' in parsed && execute(parsed, { ...sources(), answer }), TypeError)
})
