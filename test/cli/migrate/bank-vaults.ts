import fc from 'fast-check'
import t from 'tap'
import { readSecretsFile } from '../../../src/inject/read-secrets-file.ts'
import { fromBankVaults, hasReferences } from '../../../src/cli/migrate/bank-vaults.ts'
import type { Pod } from '../../../src/inject/pod.ts'
import { stage } from '../../fixtures/migrations.ts'

const old = 'vault.security.banzaicloud.io/'
const migrated = (
  annotations: Readonly<Record<string, string>>,
  spec: Partial<NonNullable<Pod['spec']>> = {},
  more: Parameters<typeof stage>[2] = {},
) => fromBankVaults(stage(annotations, spec, more), () => undefined)

const container = (name: string, env: Readonly<Record<string, string>>) => ({
  name,
  env: Object.entries(env).map(([variable, value]) => ({ name: variable, value })),
})
const containers = [container('app', { A: 'vault:secret/data/app#a' })]

t.test('a pod that asks for nothing, or to be left alone, is none of its', async t => {
  t.equal(migrated({ 'example.com/vault-role': 'a' }), undefined)
  t.equal(
    fromBankVaults({ ...stage({}), pod: {} }, () => undefined),
    undefined,
  )
  t.equal(migrated({ [`${old}mutate`]: 'skip' }, { containers }), undefined)
  t.ok(migrated({ [`${old}mutate`]: 'yes' }, { containers }))
  t.ok(migrated({ [`${old}vault-role`]: 'a', [`${old}log-level`]: 1 as never }))
  t.match(
    fromBankVaults(
      { ...stage({}), pod: { metadata: { annotations: { [`${old}vault-role`]: 'a' } } } },
      () => undefined,
    ),
    { tool: 'bank-vaults' },
  )
})

t.test('a reference without an annotation: the role is the service account, and it is read once', async t => {
  const found = migrated({}, { containers, serviceAccountName: 'web' })
  t.match(found, { tool: 'bank-vaults', engine: { name: 'podvault' }, notes: [/^read once, as vault-env does/] })
  t.same(found?.annotations, {
    'podvault.dev/inject': 'true',
    'podvault.dev/role': 'web',
    'podvault.dev/renew': 'false',
    'podvault.dev/secrets': 'secrets:\n  - path: secret/app\n    env:\n      A: a\n',
  })
  t.match(found?.byHand, [/put the annotations below/, /audience=vault/])
  t.same(found?.changes, ['container app, variable A: remove'])
  t.match(migrated({}, { containers })?.annotations, { 'podvault.dev/role': 'default' })
})

t.test('annotations of both prefixes, those of the operator left out', async t => {
  const found = migrated(
    {
      [`${old}vault-addr`]: 'https://vault.example.com:8200',
      [`${old}vault-env-daemon`]: 'true',
      'secrets-webhook.security.bank-vaults.io/vault-role': 'shop',
      'secrets-webhook.security.bank-vaults.io/secret-init-daemon': 'true',
    },
    { containers },
  )
  t.same(
    Object.keys(found?.annotations ?? {}),
    ['inject', 'role', 'secrets'].map(key => `podvault.dev/${key}`),
  )
  t.same(found?.changes?.slice(1), [
    `annotations ${old}…: remove`,
    'annotations secrets-webhook.security.bank-vaults.io/…: remove',
  ])
  t.equal(found?.settings.length, 4)
  t.same(found?.notes, [])
})

t.test(
  'the containers that ask get the secrets; one lease for user and password; the token where it is wanted',
  async t => {
    const found = migrated(
      {},
      {
        initContainers: [container('schema', { P: 'vault:database/creds/a#password' })],
        containers: [
          container('app', {
            U: 'vault:database/creds/a#username',
            P: 'vault:database/creds/a#password',
            VAULT_TOKEN: 'vault:login',
          }),
          container('other', {}),
        ],
      },
    )
    t.match(found?.annotations, {
      'podvault.dev/containers': 'app',
      'podvault.dev/init-containers': 'schema',
      'podvault.dev/token': 'env',
      'podvault.dev/secrets':
        /^secrets:\n  - path: database\/creds\/a\n    env:\n      P: password\n      U: username\n$/,
    })
  },
)

t.test('a text with values in it refers to variables of their own', async t => {
  const found = migrated({}, { containers: [container('app', { URL: 'http://${vault:secret/data/api#user}@a' })] })
  t.match(found?.annotations, { 'podvault.dev/secrets': /SECRET_API_USER: user/ })
  t.same(found?.changes, ['container app, variable URL: write $(SECRET_API_USER) in the place of secret/api#user'])
})

t.test('what nobody can translate needs a hand, by its name', async t => {
  const found = migrated(
    {
      [`${old}vault-agnet`]: 'true',
      [`${old}vault-serviceaccount`]: 'a',
      [`${old}vault-env-from-path`]: 'secret/data/all#2, secret/data/more,',
      [`${old}vault-ignore-missing-secrets`]: 'true',
      [`${old}vault-ct-configmap`]: 'templates',
    },
    {
      containers: [
        container('app', { A: 'vault:secret/data/a#a', C: 'vault:v1:hush' }),
        container('other', { A: 'vault:secret/data/b#a' }),
      ],
    },
  )
  const said = (found?.byHand ?? []).join('\n')
  for (const words of [
    `${old}vault-agnet is no annotation of bank-vaults`,
    `${old}vault-serviceaccount: podvault reads for pods alone`,
    `${old}vault-ct-configmap: its ConfigMap holds templates`,
    'C of the container app: it is text that transit has encrypted',
    'A of the container other is another secret',
    'the keys of secret/all are not known here',
    '/vault/secrets/more.env',
  ])
    t.match(said, words)
  t.notMatch(JSON.stringify(found), 'hush')
  t.match(found?.annotations, { 'podvault.dev/secrets': /version: 2\n    optional: true\n    files:/ })
  t.equal(found?.annotations?.['podvault.dev/renew'], undefined, 'what has a sidecar keeps it')
  t.match(
    found?.settings.find(({ setting }) => setting.endsWith('agnet')),
    { becomes: 'unknown' },
  )
})

t.test('a token in a volume needs no role, and files go where they were', async t => {
  const volumes = [{ name: 'login' }]
  const annotations = {
    [`${old}token-auth-mount`]: 'login:token',
    [`${old}vault-env-from-path`]: 'a/b',
    [`${old}vault-configfile-path`]: '/etc/app',
  }
  const found = migrated(annotations, { containers, volumes })
  t.equal(found?.annotations?.['podvault.dev/role'], undefined)
  t.match(found?.byHand.join('\n'), 'source /etc/app/b.env')
  t.match(found, { engine: { name: 'podvault' } })
})

t.test('what the webhook would refuse is said', async t => {
  const clash = [
    container('app', { A: 'vault:secret/data/app#a' }),
    container('other', { A: 'vault:secret/data/app#a', B: 'vault:secret/data/app#b' }),
  ]
  t.match(migrated({}, { containers: clash }, { namespace: 'kube-public' }), { engine: undefined })
  t.match(
    migrated({ [`${old}vault-addr`]: 'http://elsewhere:8200' }, { containers })?.byHand.at(-1),
    /allow\.addresses/,
  )
})

t.test('references in other objects', async t => {
  t.ok(hasReferences(['a', 'vault:a/b#c']))
  t.notOk(hasReferences(['a']))
})

/** Values as people may write them, and as they may not. */
const piece = fc.constantFrom(
  'vault:',
  '>>vault:',
  '${',
  '}',
  '#',
  'secret/data/a',
  'a: b',
  '{"x": "- y"}',
  '"',
  "'",
  '\n',
  '3',
  ' ',
  '$(A)',
)
const value = fc.oneof(
  fc.array(piece, { maxLength: 6 }).map(pieces => pieces.join('')),
  fc.tuple(fc.string(), fc.string()).map(([path, key]) => `vault:${path}#${key}`),
)

t.test(
  'whatever the values are: a secrets file that can be read, or a line that says what is wrong with it',
  async t => {
    const property = fc.property(fc.dictionary(fc.stringMatching(/^[A-Z]{1,3}$/), value), env => {
      const found = migrated({}, { containers: [container('app', env)] })
      const text = found?.annotations?.['podvault.dev/secrets']
      if (text === undefined) return true
      const read = readSecretsFile(text)
      return 'entries' in read || (found?.byHand.length ?? 0) > 2
    })
    fc.assert(property, { numRuns: 2000 })
    t.pass()
  },
)
