import t from 'tap'
import { isTrue, translationOf } from '../../../src/cli/migrate/bank-vaults-settings.ts'
import { annotations } from '../../../src/inject/annotations.ts'

const known = [
  'mutate mutate-probes psp-allow-privilege-escalation run-as-non-root run-as-user run-as-group readonly-root-fs',
  'registry-skip-verify vault-env-daemon vault-env-delay enable-json-log log-level vault-env-image',
  'vault-env-image-pull-policy vault-addr vault-image vault-image-pull-policy vault-role vault-path vault-auth-method',
  'vault-namespace vault-skip-verify vault-tls-secret vault-client-timeout vault-ignore-missing-secrets',
  'vault-serviceaccount service-account-token-volume-name token-auth-mount transit-key-id transit-path',
  'transit-batch-size vault-env-passthrough vault-env-from-path vault-agent vault-agent-configmap vault-agent-once',
  'vault-agent-share-process-namespace vault-agent-cpu vault-agent-cpu-limit vault-agent-cpu-request',
  'vault-agent-memory vault-agent-memory-limit vault-agent-memory-request vault-agent-env-variables',
  'vault-configfile-path vault-ct-configmap vault-ct-image vault-ct-pull-policy vault-ct-once',
  'vault-ct-share-process-namespace vault-ct-cpu vault-ct-memory vault-ct-secrets-mount-path',
  'vault-ct-inject-in-initcontainers',
].flatMap(line => line.split(' '))

t.test(
  'each annotation of bank-vaults becomes something, and what podvault has is an annotation of podvault',
  async t => {
    t.equal(known.length, 54)
    for (const key of known) {
      const found = translationOf(key, 'true')
      t.ok(found?.becomes, key)
      for (const name of Object.keys(found?.annotations ?? {})) t.ok(Object.hasOwn(annotations, name), name)
    }
    t.equal(translationOf('vault-agnet', 'true'), undefined)
    t.equal(translationOf('constructor', 'true'), undefined)
  },
)

t.test('values that mean something else', async t => {
  t.match(translationOf('run-as-user', '0'), { becomes: /not needed/, annotations: undefined })
  t.match(translationOf('run-as-group', '0'), { becomes: /not needed/ })
  t.match(translationOf('run-as-user', '7'), { annotations: { 'run-as-user': '7' } })
  t.match(translationOf('run-as-group', '7'), { annotations: { 'run-as-group': '7' } })
  t.match(translationOf('vault-env-daemon', 'false'), { annotations: { renew: 'false' } })
  t.match(translationOf('vault-skip-verify', 'false'), { becomes: 'the default', annotations: undefined })
  t.match(translationOf('vault-role', '{{ .namespace }}'), { byHand: /template/ })
  t.match(translationOf('vault-role', 'web'), { annotations: { role: 'web' } })
  t.match(translationOf('vault-auth-method', 'jwt'), { annotations: { auth: 'kubernetes' } })
  t.match(translationOf('vault-auth-method', 'aws-iam'), { byHand: /docs\/auth.md/ })
  t.match(translationOf('vault-ignore-missing-secrets', 'false'), { becomes: 'the default' })
  t.match(translationOf('token-auth-mount', 'login:token'), {
    annotations: { 'auth-volume': 'login' },
    byHand: undefined,
  })
  t.match(translationOf('token-auth-mount', 'login'), { byHand: /must be called token/ })
})

t.test('truth as Go writes it', async t => {
  t.ok(isTrue('1') && isTrue('T') && isTrue('True'))
  t.notOk(isTrue(undefined) || isTrue('yes') || isTrue(''))
})
