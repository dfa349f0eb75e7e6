import t from 'tap'
import { dataTemplate } from '../../src/template/data-template.ts'

const made = (text: string, data: Readonly<Record<string, unknown>>): unknown => {
  const make = dataTemplate(text)
  if (typeof make !== 'function') return make
  const result = make(data, 0)
  return result instanceof Uint8Array ? Buffer.from(result).toString() : result
}

t.test('a template is over the data of one secret', async t => {
  t.equal(
    made('{{ .user }}:{{ .password }}@{{ .port }}{{ timestamp "2006" }}', { user: 'u', password: 'p', port: 5432 }),
    'u:p@54321970',
  )
  t.equal(made('{{ range $k, $v := . }}{{ $k }}={{ $v }} {{ end }}', { b: '2', a: '1' }), 'a=1 b=2 ')
})

t.test('what is wrong with it is told before it is used', async t => {
  t.match(made('\n{{ .a', {}), { problems: [{ line: 2, column: 6, message: 'an action is not closed' }] })
  t.match(made('{{ key "x" }}{{ secret "y" }}', {}), {
    problems: [{ message: /^key is a function/ }, { message: /^it asks Vault by itself/ }],
  })
  t.match(made('{{ secret .x }}', {}), { problems: [{ message: /^it asks Vault by itself/ }] })
})

t.test('a key that does not exist is a problem when the file is made', async t => {
  t.match(made('{{ .none }}', { a: 'b' }), { line: 1, column: 4, message: 'the map has no entry none' })
  t.match(made('{{ "x" | writeToFile "/a" "" "" "0600" }}', {}), { message: /writes a file of its own/ })
})
