import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { deployedIn, keyOf } from '../../src/cli/deployed.ts'

const variables = { 'vault-address': 'PODVAULT_VAULT_ADDRESS', image: 'PODVAULT_IMAGE', config: 'PODVAULT_CONFIG_FILE' }
const product = parse(readFileSync('webhook-config/deployment.yaml', 'utf8'))
const deployment = (container: object, volumes?: readonly object[]) => ({
  metadata: { namespace: 'vault' },
  spec: { template: { spec: { containers: [{ name: 'other' }, container], ...(volumes && { volumes }) } } },
})
const found = (...items: readonly unknown[]) => deployedIn({ items }, variables)

t.test('finds the settings of the webhook that podvault installs', async t => {
  t.match(found(product), {
    namespace: 'podvault',
    flags: { image: 'localhost/podvault:dev' },
    file: { configMap: 'podvault', key: 'config.yaml' },
  })
})

t.test('arguments beat the environment, and may be two words', async t => {
  const env = [
    { name: 'PODVAULT_IMAGE', value: 'env:1' },
    { name: 'PODVAULT_VAULT_ADDRESS', value: 'http://env' },
    { name: 'X' },
  ]
  t.same(found(deployment({ args: ['webhook', '--vault-address', 'http://arg'], env })), {
    namespace: 'vault',
    flags: { 'vault-address': 'http://arg', image: 'env:1' },
  })
})

t.test('the operator’s file is traced to its ConfigMap', async t => {
  const args = ['webhook', '--config=/etc/podvault/config.yaml']
  const volumeMounts = [
    { name: 'tls', mountPath: '/etc/podvault/tls' },
    { name: 'config', mountPath: '/etc/podvault' },
  ]
  const volumes = [
    { name: 'tls', projected: {} },
    { name: 'config', configMap: { name: 'podvault-config' } },
  ]
  t.same(found(deployment({ args, volumeMounts }, volumes)), {
    namespace: 'vault',
    flags: {},
    file: { configMap: 'podvault-config', key: 'config.yaml' },
  })
  t.same(found(deployment({ args, volumeMounts })), { namespace: 'vault', flags: {} })
  t.same(found(deployment({ args }, volumes)), { namespace: 'vault', flags: {} })
})

t.test('where no Deployment runs it there is nothing', async t => {
  t.equal(found(), undefined)
  t.equal(found(deployment({ args: ['login'] })), undefined)
  t.throws(() => found({}), /items\[0\]\.metadata must be an object/)
})

t.test('reads a key of a ConfigMap, and nothing else', async t => {
  t.equal(keyOf({ data: { a: 'x' } }, 'a'), 'x')
  for (const other of [undefined, {}, { data: 7 }, { data: { a: 7 } }, { data: {} }])
    t.equal(keyOf(other, 'a'), undefined)
})
