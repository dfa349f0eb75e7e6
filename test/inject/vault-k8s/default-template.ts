import t from 'tap'
import { delimitersOf, plainOf, templateOf, templateText } from '../../../src/inject/vault-k8s/default-template.ts'
import { wishOf } from '../../fixtures/vault-k8s.ts'

const plain = (texts: Readonly<Record<string, string>>, fallback: 'map' | 'json' = 'map') =>
  plainOf(wishOf({ 'agent-inject-secret-db': 'database/creds/app', ...texts }).secrets[0]!, fallback)

t.test('a secret without a template is written as the default template does', async t => {
  t.strictSame(plain({}), { path: 'database/creds/app', format: 'vault-agent-map' })
  t.strictSame(plain({}, 'json'), { path: 'database/creds/app', format: 'vault-agent-json' })
})

t.test('the templates are those of vault-k8s', async t => {
  t.equal(
    templateOf('map', 'x/y'),
    '{{ with secret "x/y" }}{{ range $k, $v := .Data }}{{ $k }}: {{ $v }}\n{{ end }}{{ end }}',
  )
  t.equal(templateOf('json', 'x/y'), '{{ with secret "x/y" }}{{ .Data | toJSON }}\n{{ end }}')
})

t.test('a template that is the text of a default one counts as such, whatever the default', async t => {
  t.strictSame(plain({ 'agent-inject-template-db': templateOf('json', 'other/path') }), {
    path: 'other/path',
    format: 'vault-agent-json',
  })
  t.equal(plain({ 'agent-inject-template-db': `${templateOf('json', 'x')} ` }), undefined)
  t.equal(plain({ 'agent-inject-template-db': 'x' }), undefined)
  // One quotation mark that would be both the path's first and its last.
  t.equal(plain({ 'agent-inject-template-db': templateOf('json', '').replace('""', '"') }), undefined)
})

t.test('a file, or other delimiters, need a template engine', async t => {
  t.equal(plain({ 'agent-inject-template-file-db': '/x' }), undefined)
  t.equal(plain({ 'agent-template-left-delim-db': '<<' }), undefined)
  t.equal(plain({ 'agent-template-right-delim-db': '>>' }), undefined)
})

t.test('a path is read as consul-template reads it', async t => {
  const path = (text: string) => plain({ 'agent-inject-secret-db': text })
  t.match(path(' /secret/app/ '), { path: 'secret/app', kv: undefined })
  t.match(path('secret/data/app/db'), { path: 'secret/data/app/db', kv: 'v1' })
  t.strictSame(path('secret/data'), { path: 'secret/data', format: 'vault-agent-map' })
})

t.test('where the meaning of a path cannot be told from here, Vault Agent finds out', async t => {
  for (const text of [
    'team/secret/data/app',
    'secret/metadata/app',
    'secret/data/app?version=2',
    'secret/a#b',
    'secret/a%2fb',
    'secret/"}}{{ env "X" }}',
    'secret/../sys/raw',
    'secret//x',
    'secret/\\x',
    '/',
  ])
    t.equal(plain({ 'agent-inject-secret-db': text }), undefined, text)
})

t.test('what is plain, or stands in a file, has no text for an engine', async t => {
  const secretOf = (texts: Readonly<Record<string, string>>) =>
    wishOf({ 'agent-inject-secret-db': 'database/creds/app', ...texts }).secrets[0]!
  const text = (texts: Readonly<Record<string, string>>) => templateText(secretOf(texts), 'json')
  t.equal(text({}), undefined)
  t.equal(text({ 'agent-inject-template-file-db': '/x' }), undefined)
  t.equal(text({ 'agent-inject-template-db': '{{ 1 }}' }), '{{ 1 }}')
  t.equal(text({ 'agent-inject-secret-db': 'a/b/data/c' }), templateOf('json', 'a/b/data/c'))
  t.strictSame(delimitersOf(secretOf({ 'agent-template-left-delim-db': '<<' })), { left: '<<', right: '}}' })
})
