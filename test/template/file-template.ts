import t from 'tap'
import { fileTemplate } from '../../src/template/file-template.ts'

const data = { username: 'web', password: "p'<", port: 5432, nested: { a: [1, 2] } }
const made = async (text: string, errorOnMissingKey = true) => {
  const make = await fileTemplate(text, { errorOnMissingKey })
  if (typeof make !== 'function') return make.problems
  const outcome = make({ env: { POD_IP: '10.0.0.1' }, now: 0, data })
  return outcome.kind === 'rendered' ? new TextDecoder().decode(outcome.contents) : outcome
}

t.test('a template makes a file of one secret’s data', async t => {
  t.equal(await made('postgres://{{ .username }}:{{ .password }}@db:{{ .port }}/app'), "postgres://web:p'<@db:5432/app")
  t.equal(
    await made('{{ range $k, $v := . }}{{ $k }}={{ $v }};{{ end }}'),
    "nested=map[a:[1 2]];password=p'<;port=5432;username=web;",
  )
  t.equal(
    await made('{{ .nested | toJSON }} {{ env "POD_IP" }} {{ timestamp }}'),
    '{"a":[1,2]} 10.0.0.1 1970-01-01T00:00:00Z',
  )
})

t.test('what hashes has something to hash with', async t => {
  t.equal(await made('{{ sha256Hex "a" }}'), 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb')
  t.equal(
    await made('{{ hmacSHA256Hex "a" "b" | len }} {{ sprig_sha1sum "a" | len }} {{ md5sum "a" | len }}'),
    '64 40 32',
  )
  t.equal(await made('{{ sprig_sha512sum "a" | len }} {{ sprig_sha256sum "a" | len }}'), '128 64')
})

t.test('without a secret of its own it has nothing but what it asks for', async t => {
  const make = await fileTemplate('{{ . }} {{ with secret "a" }}{{ .Data.x }}{{ end }}', { errorOnMissingKey: true })
  const outcome = typeof make === 'function' ? make({ env: {}, now: 0, answer: () => ({ data: { x: 1 } }) }) : make
  t.match(outcome, { kind: 'rendered', requests: [{ path: 'a' }] })
  t.equal('contents' in outcome && new TextDecoder().decode(outcome.contents), '<no value> 1')
})

t.test('what it cannot be read as is said with its place, what it must not use by its name', async t => {
  t.match(await made('a\n{{ .a'), [{ line: 2, column: 6, message: 'an action is not closed' }])
  t.match(await made('{{ nope }}'), [{ line: 1, column: 4, message: 'there is no function nope' }])
  t.match(await made('{{ key "a" }}'), [
    { message: 'key is a function that podvault does not have: Consul is not asked' },
  ])
})

t.test('a key that does not exist is told where it counts, never a value', async t => {
  t.match(await made('{{ .pasword }}'), { line: 1, column: 4, message: 'the map has no entry pasword' })
  t.equal(await made('{{ .pasword }}', false), '<no value>')
  t.notMatch(JSON.stringify(await made('{{ .password.x }}')), /p'</)
})
