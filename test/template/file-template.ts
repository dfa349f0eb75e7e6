import t from 'tap'
import { fileTemplate } from '../../src/template/file-template.ts'

const data = { username: 'web', password: "p'<", port: 5432, nested: { a: [1, 2] } }
const made = (text: string, errorOnMissingKey = true) => {
  const make = fileTemplate(text, { errorOnMissingKey })
  if (typeof make !== 'function') return make.problems
  const outcome = make({ env: { POD_IP: '10.0.0.1' }, now: 0, data })
  return outcome.kind === 'rendered' ? new TextDecoder().decode(outcome.contents) : outcome
}

t.test('a template makes a file of one secret’s data', async t => {
  t.equal(made('postgres://{{ .username }}:{{ .password }}@db:{{ .port }}/app'), "postgres://web:p'<@db:5432/app")
  t.equal(
    made('{{ range $k, $v := . }}{{ $k }}={{ $v }};{{ end }}'),
    "nested=map[a:[1 2]];password=p'<;port=5432;username=web;",
  )
  t.equal(
    made('{{ .nested | toJSON }} {{ env "POD_IP" }} {{ timestamp }}'),
    '{"a":[1,2]} 10.0.0.1 1970-01-01T00:00:00Z',
  )
})

t.test('without a secret of its own it has nothing but what it asks for', async t => {
  const make = fileTemplate('{{ . }} {{ with secret "a" }}{{ .Data.x }}{{ end }}', { errorOnMissingKey: true })
  const outcome = typeof make === 'function' ? make({ env: {}, now: 0, answer: () => ({ data: { x: 1 } }) }) : make
  t.match(outcome, { kind: 'rendered', requests: [{ path: 'a' }] })
  t.equal('contents' in outcome && new TextDecoder().decode(outcome.contents), '<no value> 1')
})

t.test('what it cannot be read as is said with its place, what it must not use by its name', async t => {
  t.match(made('a\n{{ .a'), [{ line: 2, column: 6, message: 'an action is not closed' }])
  t.match(made('{{ nope }}'), [{ line: 1, column: 4, message: 'there is no function nope' }])
  t.match(made('{{ key "a" }}'), [{ message: 'key is a function that podvault does not have: Consul is not asked' }])
})

t.test('a key that does not exist is told where it counts, never a value', async t => {
  t.match(made('{{ .pasword }}'), { line: 1, column: 4, message: 'the map has no entry pasword' })
  t.equal(made('{{ .pasword }}', false), '<no value>')
  t.notMatch(JSON.stringify(made('{{ .password.x }}')), /p'</)
})
