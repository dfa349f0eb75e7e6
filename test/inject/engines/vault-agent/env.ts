import t from 'tap'
import { agentEnv } from '../../../../src/inject/engines/vault-agent/env.ts'
import { generous, wishOf } from '../../../fixtures/vault-k8s.ts'

const token = { name: 'tok', mountPath: '/tokens', path: 'vault' }
const env = (texts: Readonly<Record<string, string>>, spec = {}, operator = generous) =>
  agentEnv(wishOf(texts, spec, operator), token, false)
const names = (variables: ReturnType<typeof env>) => variables.map(({ name }) => name)

t.test('variables come in vault-k8s’s order', async t => {
  t.strictSame(names(env({})), [
    'NAMESPACE',
    'HOST_IP',
    'POD_IP',
    'VAULT_LOG_LEVEL',
    'VAULT_LOG_FORMAT',
    'VAULT_CONFIG',
  ])
  const all = {
    'go-max-procs': '2',
    'client-timeout': '5s',
    'client-max-retries': '3',
    'proxy-address': 'http://proxy',
  }
  t.strictSame(names(env(all, {}, { ...generous, ca: 'PEM' })), [
    'NAMESPACE',
    'HOST_IP',
    'POD_IP',
    'GOMAXPROCS',
    'VAULT_CLIENT_TIMEOUT',
    'VAULT_MAX_RETRIES',
    'VAULT_LOG_LEVEL',
    'VAULT_LOG_FORMAT',
    'HTTPS_PROXY',
    'VAULT_CONFIG',
    'VAULT_CACERT_BYTES',
  ])
})

t.test('a ConfigMap is helped with the connection alone', async t => {
  t.strictSame(
    env({ 'agent-configmap': 'x', 'ca-cert': '/ca', 'tls-server-name': 'n', 'log-level': '', 'log-format': '' }).slice(
      3,
    ),
    [
      { name: 'VAULT_ADDR', value: 'https://vault.example.com:8200' },
      { name: 'VAULT_CACERT', value: '/ca' },
      { name: 'VAULT_SKIP_VERIFY', value: 'false' },
      { name: 'VAULT_TLS_SERVER_NAME', value: 'n' },
    ],
  )
})

t.test('what the app knows of its AWS role goes along, each name once', async t => {
  const reference = { name: 'AWS_DEFAULT_REGION', valueFrom: { configMapKeyRef: { name: 'aws', key: 'region' } } }
  const spec = {
    containers: [
      {
        name: 'a',
        env: [
          { name: 'AWS_REGION', value: 'eu' },
          { name: 'OTHER', value: 'x' },
        ],
      },
      { name: 'b', env: [{ name: 'AWS_ROLE_ARN', value: 'arn' }, { name: 'AWS_REGION', value: 'us' }, reference] },
      { name: 'c' },
    ],
  }
  const aws = (texts: Readonly<Record<string, string>>) => env({ 'auth-type': 'aws', ...texts }, spec).slice(6)
  t.strictSame(aws({}), [{ name: 'AWS_ROLE_ARN', value: 'arn' }, reference, { name: 'AWS_REGION', value: 'eu' }])
  t.strictSame(aws({ 'auth-config-region': 'ap' }), [
    { name: 'AWS_ROLE_ARN', value: 'arn' },
    reference,
    { name: 'AWS_REGION', value: 'ap' },
  ])
  t.strictSame(agentEnv({ ...wishOf({ 'auth-type': 'aws' }), pod: {} }, token, false).slice(6), [])
})
