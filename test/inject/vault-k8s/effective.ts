import t from 'tap'
import { keys } from '../../../src/inject/vault-k8s/annotations.ts'
import { checkVaultK8sDefaults, effectiveVaultK8s } from '../../../src/inject/vault-k8s/effective.ts'
import { mixedKeys } from '../../../src/inject/vault-k8s/mixed.ts'
import { messages, named } from '../../fixtures/vault-k8s.ts'

const effective = (pod: Readonly<Record<string, unknown>>, operator: Readonly<Record<string, string>> = {}) =>
  effectiveVaultK8s([
    { origin: 'pod', texts: named(pod as Record<string, string>) },
    { origin: 'operator', texts: named(operator) },
  ])

t.test('every setting is there with its value and who set it', async t => {
  const settings = effective(
    { role: 'web', 'agent-inject-secret-b': 'x', 'agent-inject-secret-a': 'y', 'secret-volume-path-a': '/a' },
    { 'log-level': 'debug', 'podvault.dev/engine': 'podvault' },
  )
  const of = (name: string) => settings.find(({ annotation }) => annotation === name)
  t.match(of('vault.hashicorp.com/role'), { value: 'web', origin: 'pod' })
  t.match(of('vault.hashicorp.com/log-level'), { value: 'debug', origin: 'operator' })
  t.match(of('vault.hashicorp.com/auth-path'), {
    value: 'auth/kubernetes',
    origin: 'default',
    doc: 'where it is mounted',
  })
  t.match(of('vault.hashicorp.com/agent-limits-cpu'), { value: undefined, origin: 'default' })
  t.match(of('vault.hashicorp.com/namespace'), { value: undefined, origin: 'default' })
  t.match(of('podvault.dev/engine'), { value: 'podvault', origin: 'operator' })
  const order = settings.map(({ annotation }) => annotation.split('/')[1])
  t.ok(order.indexOf('agent-inject-secret-a') + 1 === order.indexOf('agent-inject-secret-b'))
  t.ok(order.indexOf('secret-volume-path') + 1 === order.indexOf('secret-volume-path-a'))
  t.equal(new Set(order).size, order.length)
})

t.test('families are there only where somebody says something', async t => {
  t.equal(effective({}).length, 63 + mixedKeys.length)
  t.match(effective({}).at(-1), { annotation: `podvault.dev/${mixedKeys.at(-1)}`, origin: 'default' })
  t.ok(keys.length > 63)
})

t.test('a value that is no string has none', async t => {
  t.match(
    effective({ role: 7 }).find(({ annotation }) => annotation.endsWith('/role')),
    { value: undefined, origin: 'pod' },
  )
})

t.test('an operator’s defaults are checked like a pod’s own, and must exist', async t => {
  t.strictSame(
    checkVaultK8sDefaults(named({ 'log-level': 'debug', 'auth-config-token-path': '/x', 'ca-cert': '/y' })),
    [],
  )
  t.strictSame(
    messages(
      checkVaultK8sDefaults(
        named({ 'agent-inject': 'true', 'agent-init-first': 'yes', 'log-levl': 'x', 'preserve-secret-case': 'on' }),
      ),
    ),
    [
      'vault.hashicorp.com/agent-init-first is "yes"; allowed: "true" or "false" (also 1, t, T, TRUE, True, 0, f, F, FALSE, False, "")',
      'vault.hashicorp.com/preserve-secret-case is neither "true" nor "false": taken for "false"',
      'there is no annotation vault.hashicorp.com/log-levl; did you mean log-level?',
      'vault.hashicorp.com/agent-inject has no default: each pod says it for itself',
    ],
  )
})
