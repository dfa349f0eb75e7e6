import t from 'tap'
import { parseTemplate } from '../../src/template/read.ts'
import { execute } from '../../src/template/template.ts'
import { failure, matchesGo, sources } from '../fixtures/templates.ts'

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

t.test('a value in itself is printed without end, and that is told', async t => {
  t.match(failure('{{ $d := sprig_dict }}{{ if sprig_set $d "d" $d }}{{ end }}{{ $d }}'), /too deep/)
  t.match(failure('{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}'), /more than 400 deep/)
  t.match(failure('{{ scratch }}'), /scratch/)
})
