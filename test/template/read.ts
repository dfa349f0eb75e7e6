import t from 'tap'
import { parseTemplate } from '../../src/template/read.ts'

t.test('a template is read with its delimiters, and empty ones are the usual ones', async t => {
  t.match(parseTemplate('{{ 1 }}', { left: '', right: '' }), { text: '{{ 1 }}' })
  t.hasProp(parseTemplate('[[ 1 ]]', { left: '[[', right: ']]' }), 'templates')
  t.hasProp(parseTemplate('a'), 'templates')
})

t.test('a function that is refused is known, another is not', async t => {
  t.hasProp(parseTemplate('{{ key "a" }}'), 'templates')
  t.match(parseTemplate('{{ nope }}'), { line: 1, column: 4, message: 'there is no function nope' })
})
