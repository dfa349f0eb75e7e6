import t from 'tap'
import { type AgentConfig, decodeConfig, encodeConfig, fileStem } from '../src/contract.ts'

const config: AgentConfig = {
  version: 1,
  vault: {
    address: 'https://vault:8200',
    namespace: 'team/a',
    caFile: '/ca/ca.crt',
    tlsServerName: 'v',
    tlsSkipVerify: true,
  },
  auth: { method: 'kubernetes', path: 'kubernetes', role: 'web', tokenFile: '/podvault/token/token' },
  files: [{ name: 'web', variables: [{ name: 'DB.PASSWORD', path: 'secret/db', key: 'password' }] }],
  mounted: [
    { configMap: 'app', folder: '/etc/secrets.d' },
    { configMap: 'more', folder: '/etc/secrets.d', key: 'a.secrets' },
  ],
  env: 'auto',
  folders: { secrets: '/podvault/secrets', state: '/podvault/state' },
  mode: 0o440,
  refresh: 300,
  renewAt: 0.67,
  revoke: true,
  loginTimeout: 120,
}

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
    [{ auth: { ...config.auth, method: 'aws' } }, 'auth.method must be kubernetes or jwt'],
    [{ auth: { ...config.auth, tokenFile: 'token' } }, 'auth.tokenFile must be an absolute path'],
    [{ files: [{ name: '../etc', variables: [] }] }, 'files[0].name must be a file name'],
    [{ files: [{ name: '..data', variables: [] }] }, 'files[0].name must be a file name'],
    [
      { files: [{ name: 'a', variables: [{ name: 'A\nB', path: 'p', key: 'k' }] }] },
      'files[0].variables[0].name must be',
    ],
    [{ mounted: [{ configMap: 'a', folder: '/x', key: 'a/b' }] }, 'mounted[0].key must be a file name'],
    [{ env: 'yes' }, 'env must be auto or file or none'],
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
    t.equal(decodeConfig(encodeConfig(odd)).auth.role, '$$web$(HOME)$')
  },
)

t.test('a secrets file names its JSON without its own ending', async t => {
  t.equal(fileStem('logstash.secrets'), 'logstash')
  t.equal(fileStem('app.txt'), 'app.txt')
})
