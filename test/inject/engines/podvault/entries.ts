import t from 'tap'
import { usesOf } from '../../../../src/inject/engines/podvault/entries.ts'
import { config, engine } from '../../../fixtures/podvault-engine.ts'
import { wishOf } from '../../../fixtures/vault-k8s.ts'

t.test('one path is read once, whatever is made of it, into whichever folder', async t => {
  const texts = {
    'agent-inject-secret-a': 'secret/data/app',
    'agent-inject-secret-b': 'secret/data/app',
    'agent-inject-template-b': '{{ with secret "secret/data/app" }}{{ .Data | toJSON }}\n{{ end }}',
    'agent-inject-file-b': 'sub/b.json',
    'agent-inject-perms-b': '0640',
    'secret-volume-path-b': '/etc/b',
  }
  t.strictSame(config(texts).files[0]?.entries, [
    {
      path: 'secret/data/app',
      env: [],
      files: [
        { name: 'a', format: 'vault-agent-map' },
        { name: 'sub/b.json', format: 'vault-agent-json', mode: 0o640, folder: '/podvault/custom-0' },
      ],
      kv: 'v1',
    },
    { path: 'database/creds/app', env: [], files: [{ name: 'db', format: 'vault-agent-map' }] },
  ])
  t.match(engine(texts).init.volumeMounts?.[1], { name: 'vault-secrets-custom-0', mountPath: '/podvault/custom-0' })
})

t.test('templates are told as they are written, with all that belongs to them', async t => {
  const texts = {
    'agent-inject-secret-db': ' ',
    'agent-inject-template-a': '[[ env "POD_IP" ]][[ "x" | writeToFile "/etc/a/x" "" "" "0400" ]]',
    'agent-template-left-delim-a': '[[',
    'agent-template-right-delim-a': ']]',
    'error-on-missing-key-a': 'true',
    'secret-volume-path-a': '/etc/a',
    'agent-inject-template-file-b': '/vault/custom/b.ctmpl',
    'agent-inject-secret-c': 'team/kv/data/app',
  }
  const { files, paths } = config(texts)
  t.strictSame(files[0]?.entries, [
    {
      env: [],
      files: [
        {
          name: 'a',
          format: 'template',
          template: texts['agent-inject-template-a'],
          delimiters: ['[[', ']]'],
          folder: '/podvault/custom-0',
        },
        { name: 'b', format: 'template', templateFile: '/vault/custom/b.ctmpl', lenient: true },
        {
          name: 'c',
          format: 'template',
          template:
            '{{ with secret "team/kv/data/app" }}{{ range $k, $v := .Data }}{{ $k }}: {{ $v }}\n{{ end }}{{ end }}',
          lenient: true,
        },
      ],
    },
  ])
  t.strictSame(paths, { '/vault/secrets': '/podvault/secrets', '/etc/a': '/podvault/custom-0' })
  t.match(engine(texts).init.env, [{ name: 'NAMESPACE' }, { name: 'HOST_IP' }, { name: 'POD_IP' }])
  const plain = { 'agent-inject-template-db': '{{ with secret "a/b" }}{{ .Data.environment }}{{ end }}' }
  t.equal(config(plain).paths, undefined)
  t.equal(engine(plain).init.env?.length, 1)
  t.equal(config({ 'agent-inject-template-file-b': '/x' }).paths?.['/vault/secrets'], '/podvault/secrets')
})

t.test('a file that leaves its folder has been refused by then', async t => {
  const { files } = config({
    'agent-inject-secret-db': ' ',
    'agent-inject-secret-x': 'x',
    'agent-inject-file-x': '../x',
  })
  t.equal(files[0]?.entries[0]?.files[0]?.name, 'x')
})

t.test(
  'whether any template reads its environment or writes files decides, and what stands in a file may do both',
  async t => {
    const uses = (texts: Readonly<Record<string, string>>) => usesOf(wishOf(texts))
    const [neither, both] = [
      { readsEnv: false, writes: false },
      { readsEnv: true, writes: true },
    ]
    t.same(uses({}), neither)
    t.same(uses({ 'agent-inject-template-db': '{{ "x" }}' }), neither)
    const one = { 'agent-inject-template-a': '{{ env "A" }}', 'agent-inject-template-b': '{{ "b" }}' }
    t.same(uses(one), { readsEnv: true, writes: false })
    const other = { 'agent-inject-template-b': '{{ "b" | writeToFile "/vault/secrets/x" "" "" "0400" }}' }
    t.same(uses({ ...one, ...other }), both)
    t.same(uses({ 'agent-inject-template-file-db': '/x' }), both)
  },
)

t.test('delimiters are told where one of the two is another', async t => {
  const delimiters = (texts: Readonly<Record<string, string>>) =>
    config({ 'agent-inject-template-db': 'x', ...texts }).files[0]?.entries[0]?.files[0]?.delimiters
  t.equal(delimiters({}), undefined)
  t.same(delimiters({ 'agent-template-left-delim-db': '<<' }), ['<<', '}}'])
  t.same(delimiters({ 'agent-template-right-delim-db': '>>' }), ['{{', '>>'])
})
