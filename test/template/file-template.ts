import t from 'tap'
import { dataTemplate } from '../../src/template/data-template.ts'

const data = { username: 'web', password: "p'<", port: 5432, nested: { a: [1, 2] } }
const made = (text: string) => {
  const read = dataTemplate(text)
  if (typeof read !== 'function') return read.problems
  const contents = read(data)
  return contents instanceof Uint8Array ? new TextDecoder().decode(contents) : contents
}

t.test('a template makes a file of one secret’s data', async t => {
  t.equal(made('postgres://{{ .username }}:{{ .password }}@db:{{ .port }}/app'), "postgres://web:p'<@db:5432/app")
  t.equal(
    made('{{ range $k, $v := . }}{{ $k }}={{ $v }};{{ end }}'),
    "nested=map[a:[1 2]];password=p'<;port=5432;username=web;",
  )
  t.equal(made('{{ .nested | toJSON }}'), '{"a":[1,2]}')
})

t.test('what it cannot be read as is said with its place', async t => {
  t.match(made('a\n{{ .a'), [{ line: 2, column: 6, message: 'an action is not closed' }])
  t.match(made('{{ nope }}'), [{ line: 1, column: 4, message: 'there is no function nope' }])
})

t.test('a key that does not exist is told, never a value', async t => {
  t.match(made('{{ .pasword }}'), { line: 1, column: 4, message: 'the map has no entry pasword' })
  t.notMatch(JSON.stringify(made('{{ .password.x }}')), /p'</)
})

t.test('it asks for nothing but its one secret, and writes nothing but its one file', async t => {
  const asks = 'it asks Vault by itself; give the secret its own path in the secrets file, and write {{ .key }}'
  t.strictSame(made('{{ with secret "a/b" }}{{ end }}'), [{ message: asks }])
  t.strictSame(made('{{ with secret .username }}{{ end }}'), [{ message: asks }])
  t.match(made('{{ key "a" }}'), [{ message: /^key is a function that podvault does not have here: / }])
  t.match(made('{{ env "HOME" }}{{ envOrDefault "A" "b" }}{{ timestamp }}{{ "x" | writeToFile "/x" "" "" "" }}'), [
    { message: /^env is a function/ },
    { message: /^envOrDefault is a function/ },
    { message: /^timestamp is a function/ },
    { message: /^writeToFile is a function/ },
  ])
})
