import t from 'tap'
import { type AgentConfig, encodeConfig, type Entry, formats, type ServiceAccountAuth } from '../src/contract.ts'
import { decodeConfig } from '../src/decode-config.ts'

const config: AgentConfig = {
  version: 1,
  vault: {
    address: 'https://vault:8200',
    namespace: 'team/a',
    ca: '-----BEGIN CERTIFICATE-----',
    caFile: '/ca/ca.crt',
    tlsServerName: 'v',
    tlsSkipVerify: true,
  },
  auth: {
    method: 'kubernetes',
    path: 'kubernetes',
    role: 'web',
    tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
  },
  files: [
    {
      name: 'web',
      entries: [
        { path: 'secret/db', env: [{ name: 'DB.PASSWORD', key: 'password' }], files: [] },
        {
          path: 'pki/issue/web',
          method: 'PUT',
          params: { common_name: 'web.test', alt_names: ['a', 'b'] },
          env: [],
          files: [
            { name: 'tls/server', format: 'cert', mode: 0o440, folder: '/podvault/tls' },
            { name: 'all', format: 'vault-agent-map' },
            { name: 'key', format: 'raw', key: 'private_key' },
            { name: 'url', format: 'template', template: '{{ .a }}' },
            { name: 'other', format: 'template', templateFile: '/etc/secrets.d/a.tpl' },
          ],
          onChange: { kind: 'signal', signal: 'SIGHUP' },
        },
        {
          env: [],
          files: [{ name: 'own', format: 'template', template: '[[ 1 ]]', delimiters: ['[[', ']]'], lenient: true }],
        },
        { path: 'secret/a', kv: 'v2', version: 3, optional: true, default: { a: 1 }, env: [], files: [] },
      ],
    },
  ],
  mounted: [
    { configMap: 'app', folder: '/etc/secrets.d' },
    { configMap: 'more', folder: '/etc/secrets.d', key: 'a.secrets', variables: ['A'] },
  ],
  duplicates: 'keep',
  token: 'json',
  onChange: { kind: 'http', method: 'POST', url: 'http://127.0.0.1:8080/-/reload' },
  metricsPort: 9105,
  instantUpdates: true,
  env: 'auto',
  folders: { secrets: '/podvault/secrets', state: '/podvault/state', token: '/podvault/compat' },
  mode: 0o440,
  refresh: 300,
  renewAt: 0.67,
  revoke: true,
  loginTimeout: 120,
  paths: { '/vault/secrets': '/podvault/secrets' },
}

const entryOf = (more: Partial<Entry>) => ({
  files: [{ name: 'a', entries: [{ path: 'p', env: [], files: [], ...more }] }],
})
const output = (more: object) => entryOf({ files: [{ name: 'a', format: 'json', ...more }] })

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

t.test('what the injector writes is what the agent reads', async t => {
  t.strictSame(decodeConfig(encodeConfig(config)), config)
})

t.test('a config that is not there, not JSON or of another version is refused with a sentence', async t => {
  const cases: readonly [string | undefined, string][] = [
    [undefined, 'PODVAULT_CONFIG is not set'],
    ['', 'PODVAULT_CONFIG is not set'],
    ['{', 'PODVAULT_CONFIG is not JSON'],
    ['[]', 'PODVAULT_CONFIG is not of version 1, the only one this podvault reads'],
    ['{"version":2}', 'PODVAULT_CONFIG is not of version 1, the only one this podvault reads'],
  ]
  for (const [json, message] of cases)
    t.throws(() => decodeConfig(json), { code: 'usage', message, name: 'PodvaultError' })
})

t.test('a config with a wrong member is refused by the name of the member', async t => {
  const cases: readonly [object, string][] = [
    [{ vault: { address: 'http://vault:8200/ui' } }, 'vault.address must be http(s)://host[:port]'],
    [{ vault: { address: 'http://v', namespace: 'a\r\nX-Vault-Token: b' } }, 'vault.namespace must be printable ASCII'],
    [
      { auth: { ...config.auth, method: 'aws' } },
      'auth.method must be kubernetes or jwt or approle or cert or token-file or userpass',
    ],
    [{ auth: { ...config.auth, tokenFile: 'token' } }, 'auth.tokenFile must be an absolute path'],
    [{ files: [{ name: '../etc', entries: [] }] }, 'files[0].name must be a file name'],
    [{ files: [{ name: '..data', entries: [] }] }, 'files[0].name must be a file name'],
    [entryOf({ env: [{ name: 'A\nB', key: 'k' }] }), 'files[0].entries[0].env[0].name must be'],
    [entryOf({ method: 'GET' as 'PUT' }), 'files[0].entries[0].method must be POST or PUT'],
    [entryOf({ version: 0 }), 'files[0].entries[0].version must be a number from 1'],
    [entryOf({ kv: 'v3' as 'v2' }), 'files[0].entries[0].kv must be v1 or v2'],
    [output({ name: '../a' }), 'files[0].entries[0].files[0].name must be a relative path'],
    [output({ name: 'a/../b' }), 'files[0].entries[0].files[0].name must be a relative path'],
    [output({ name: '/a' }), 'files[0].entries[0].files[0].name must be a relative path'],
    [output({ name: 'a/' }), 'files[0].entries[0].files[0].name must be a relative path'],
    [output({ name: 'a//b' }), 'files[0].entries[0].files[0].name must be a relative path'],
    [output({ name: '..podvault-x/b' }), 'files[0].entries[0].files[0].name must be a relative path'],
    [output({ format: 'toml' }), 'files[0].entries[0].files[0].format must be json or yaml or'],
    [output({ mode: 0o377 }), 'files[0].entries[0].files[0].mode must be a number from 256 to 511'],
    [output({ folder: 'tls' }), 'files[0].entries[0].files[0].folder must be an absolute path'],
    [{ duplicates: 'error' }, 'duplicates must be keep or overwrite'],
    [{ token: 'none' }, 'token must be file or json or env'],
    [{ onChange: { kind: 'exec' } }, 'kind must be signal or http or restart'],
    [{ onChange: { kind: 'signal', signal: 'HUP' } }, 'signal must be a signal'],
    [{ onChange: { kind: 'http', method: 'DELETE', url: 'http://127.0.0.1/' } }, 'method must be GET or POST or PUT'],
    [{ mounted: [{ configMap: 'a', folder: '/x', key: 'a/b' }] }, 'mounted[0].key must be a file name'],
    [{ env: 'yes' }, 'env must be auto or file or variables or none'],
    [{ folders: { secrets: '/s' } }, 'folders.state must be an absolute path'],
    [{ mode: 0o777 }, 'mode must be 256 or 288 or 292'],
    [{ renewAt: 1 }, 'renewAt must be a number from 0.01 to 0.99'],
    [{ refresh: -1 }, 'refresh must be a number from 0'],
  ]
  for (const [change, message] of cases)
    t.throws(
      () => decodeConfig(JSON.stringify({ ...config, ...change })),
      { message: new RegExp(escape(message)) },
      message,
    )
})

t.test(
  'nothing in the configuration is taken for a reference by the kubelet, which also halves dollar signs',
  async t => {
    const odd = { ...config, auth: { ...config.auth, role: '$$web$(HOME)$' } }
    t.notMatch(encodeConfig(odd), /\$/)
    t.equal((decodeConfig(encodeConfig(odd)).auth as ServiceAccountAuth).role, '$$web$(HOME)$')
  },
)

t.test('a hook may only ask this pod itself', async t => {
  const allowed = (url: string): boolean => {
    try {
      return (
        decodeConfig(encodeConfig({ ...config, onChange: { kind: 'http', method: 'POST', url } })).onChange !==
        undefined
      )
    } catch {
      return false
    }
  }
  for (const url of [
    'http://localhost/',
    'http://127.0.0.1',
    'http://127.1.2.3:80/a?b#c',
    'http://[::1]:80/',
    'http://localhost?x',
  ])
    t.ok(allowed(url), url)
  for (const url of [
    'http://localhost.example.org/',
    'http://127.0.0.1.nip.io/',
    'http://localhost@example.org/',
    'http://127.0.0.1:80@example.org/',
    'http://example.org/localhost',
    'https://localhost/',
    'http://localhost/ x',
    'http://localhost\\@example.org/',
  ])
    t.notOk(allowed(url), url)
})

t.test('every hook and every format can be said', async t => {
  for (const onChange of [{ kind: 'restart' }, { kind: 'signal', signal: 'SIGUSR1' }] as const)
    t.strictSame(decodeConfig(encodeConfig({ ...config, onChange })).onChange, onChange)
  for (const format of formats) t.ok(decodeConfig(JSON.stringify({ ...config, ...output({ format }) })))
})

t.test('only templates can do without a path', async t => {
  const { path: _, ...pathless } = entryOf({ files: [{ name: 'a', format: 'json' }] }).files[0]!.entries[0]!
  const of = (entry: object) => JSON.stringify({ ...config, files: [{ name: 'a', entries: [entry] }] })
  t.throws(() => decodeConfig(of(pathless)), { message: /files\[0\]\.entries\[0\]\.path must be text$/ })
  t.throws(() => decodeConfig(of({ env: [{ name: 'A', key: 'a' }], files: [] })), { message: /path must be text$/ })
})

t.test('delimiters are two texts, and paths lead to folders', async t => {
  const of = (change: object) => JSON.stringify({ ...config, ...change })
  const [file] = decodeConfig(of(output({ delimiters: [] }))).files[0]!.entries[0]!.files
  t.strictSame(file?.delimiters, ['', ''])
  t.throws(() => decodeConfig(of(output({ delimiters: [1] }))), { message: /delimiters\[0\] must be text$/ })
  t.throws(() => decodeConfig(of({ paths: { '/a': 'b' } })), { message: /paths\.\/a must be an absolute path$/ })
})

t.test('members of a newer webhook are left out, and named', async t => {
  const heard: unknown[] = []
  const newer = { ...config, tomorrow: true, vault: { ...config.vault, proxy: 'http://p' } }
  t.strictSame(
    decodeConfig(JSON.stringify(newer), places => heard.push(places)),
    config,
  )
  t.strictSame(decodeConfig(JSON.stringify(newer)), config, 'and only to whoever asks')
  t.strictSame(heard, [['vault.proxy', 'tomorrow']])
  decodeConfig(JSON.stringify(config), places => heard.push(places))
  t.equal(heard.length, 1)
})

t.test('an earlier webhook asked for variables with paths', async t => {
  const variables = [{ name: 'A', path: 'secret/a', key: 'x' }]
  const { files } = decodeConfig(JSON.stringify({ ...config, files: [{ name: 'app', variables }] }))
  t.strictSame(files, [{ name: 'app', entries: [{ path: 'secret/a', env: [{ name: 'A', key: 'x' }], files: [] }] }])
})
