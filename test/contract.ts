import t from 'tap'
import { type AgentConfig, encodeConfig, envFileOf, fileNamesOf, fileStem, isTemplateKey } from '../src/contract.ts'

t.test('a config is written without "$", which the kubelet would read as a reference', async t => {
  const config = { files: [{ template: '{{ $x }} $(HOME) $$' }] } as unknown as AgentConfig
  const written = encodeConfig(config)
  t.notOk(written.includes('$'))
  t.strictSame(JSON.parse(written), config)
})

t.test('a template is known by its ending', async t => {
  for (const key of ['url.tpl', 'a.ctmpl', 'b.tmpl']) t.ok(isTemplateKey(key), key)
  for (const key of ['tpl', 'a.tpl.secrets', 'a.yaml']) t.notOk(isTemplateKey(key), key)
})

t.test('a secrets file names its JSON without its own ending', async t => {
  t.equal(fileStem('logstash.secrets'), 'logstash')
  t.equal(fileStem('app.txt'), 'app.txt')
})

t.test('an output is one file, or the files that people know a certificate by', async t => {
  t.strictSame(fileNamesOf({ name: 'a/b', format: 'json' }), ['a/b'])
  t.strictSame(fileNamesOf({ name: 'web', format: 'cert' }), ['web.crt', 'web.key', 'web.ca', 'web.chain'])
  t.strictSame(fileNamesOf({ name: 'web', format: 'bundle' }), [
    'web-bundle.pem',
    'web.pem',
    'web-ca.pem',
    'web-key.pem',
  ])
})

t.test('the file with the variables has the name that its readers know', async t => {
  t.strictSame(
    (['auto', 'file', 'none', 'variables'] as const).map(env => envFileOf({ env })),
    ['env', 'env', 'env', 'variables'],
  )
})
