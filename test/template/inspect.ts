import t from 'tap'
import { dependenciesOf, unsupported } from '../../src/template/inspect.ts'
import { parseTemplate, type Template } from '../../src/template/template.ts'

const template = (text: string): Template => {
  const parsed = parseTemplate(text)
  if ('message' in parsed) throw new Error(parsed.message)
  return parsed
}

t.test('paths that stand in the template are told, each once, wherever they are', async t => {
  const text = `
    {{ with secret "secret/data/app?version=2" }}{{ .Data }}{{ else }}{{ (secret "a/b").Data.c }}{{ end }}
    {{ range secrets "list/x" }}{{ . }}{{ else }}{{ $p := pkiCert "pki/issue/web" "common_name=x" " ttl = 1h " }}{{ end }}
    {{ define "t" }}{{ template "u" (secret "in/define") }}{{ end }}
    {{ print (toJSON (secret "a/b")) (secret "pki/issue/y" "k=v") }}{{ secret }}{{ secret "" }}{{ secret "bad:path" }}`
  t.strictSame(dependenciesOf(template(text)), {
    requests: [
      { method: 'read', path: 'in/define', params: {} },
      { method: 'read', path: 'secret/data/app', params: { version: '2' } },
      { method: 'read', path: 'a/b', params: {} },
      { method: 'list', path: 'list/x', params: {} },
      { method: 'pki', path: 'pki/issue/web', params: { common_name: 'x', ttl: '1h' } },
      { method: 'write', path: 'pki/issue/y', params: { k: 'v' } },
    ],
    more: false,
  })
})

t.test('a path that is made while it runs is more than can be told', async t => {
  for (const text of ['{{ secret (print "a") }}', '{{ "a" | secret }}', '{{ secret .x }}', '{{ secret $ "k=v" }}'])
    t.strictSame(dependenciesOf(template(text)), { requests: [], more: true }, text)
  t.strictSame(dependenciesOf(template('{{ secret.Data }}{{ print secret secret.x }}')), { requests: [], more: false })
})

t.test('functions that are refused are named with the reason', async t => {
  const text =
    '{{ range ls "x" }}{{ key .Key | toUpper }}{{ end }}{{ if (node).Address }}{{ end }}{{ print key }}{{ print (plugin "x") }}'
  t.strictSame(unsupported(template(text)), [
    { name: 'ls', reason: 'Consul is not asked' },
    { name: 'key', reason: 'Consul is not asked' },
    { name: 'node', reason: 'Consul is not asked' },
    { name: 'plugin', reason: 'a template touches nothing but its values' },
  ])
  t.strictSame(unsupported(template('{{ secret.toString }}{{ services.x }}')), [
    { name: 'services', reason: 'Consul is not asked' },
  ])
})
