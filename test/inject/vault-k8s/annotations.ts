import t from 'tap'
import {
  annotations,
  type Entry,
  familyOf,
  fixedKeys,
  isFixed,
  keys,
  withoutAuth,
} from '../../../src/inject/vault-k8s/annotations.ts'
import { settings } from '../../fixtures/pods.ts'

t.test('there are 61 annotations that stand once, 11 that stand for each of something, and 2 that do both', async t => {
  const of = (per: string) => keys.filter(key => annotations[key].per === per).length
  t.equal(of('pod'), 61)
  t.equal(of('secret') + of('parameter'), 11)
  t.equal(of('both'), 2)
  t.equal(fixedKeys.length, 63)
})

t.test('every default is a value that is allowed', async t => {
  for (const key of keys) {
    const { default: fallback, kind, usual } = annotations[key] as Entry<unknown>
    t.strictSame(usual, fallback === undefined ? undefined : kind.read(fallback), key)
    if (fallback !== undefined) t.not(usual, undefined, key)
  }
})

t.test('what vault-k8s does by default needs no other engine', async t => {
  for (const key of fixedKeys) {
    const { answer, usual } = annotations[key] as Entry<unknown>
    if (answer.kind === 'vault-agent') t.notOk(answer.needs(usual, settings), key)
  }
})

t.test('only Vault Agent can do these', async t => {
  const needs = (key: (typeof keys)[number], text: string): boolean => {
    const { answer, kind } = annotations[key] as Entry<unknown>
    return answer.kind === 'vault-agent' && answer.needs(kind.read(text), settings)
  }
  for (const [key, yes, no] of [
    ['agent-configmap', 'agent', ''],
    ['agent-cache-enable', 'true', 'false'],
    ['agent-enable-quit', 't', ''],
    ['agent-image', 'example.com/vault:1', settings.vaultImage],
    ['agent-image', 'example.com/vault:1', settings.image],
    ['agent-limits-mem', '32Mi', '64Mi'],
    ['agent-limits-mem', '1', ''],
    ['auth-type', 'aws', 'approle'],
    ['auth-type', 'ldap', 'jwt'],
    ['auth-path', 'auth/a b', 'auth/team/kubernetes/'],
    ['auth-path', 'auth/../x', 'kubernetes'],
    ['agent-json-patch', '[{"op":"remove","path":"/x"}]', ' [ ] '],
    ['agent-init-json-patch', '{}', 'null'],
    ['proxy-address', 'http://proxy', ''],
    ['client-cert', 'x', '/x'],
    ['client-key', 'x', ''],
    ['ca-cert', 'x/ca.crt', '/x/ca.crt'],
    ['template-lease-renewal-threshold', '1.5', '0.9'],
    ['template-lease-renewal-threshold', '-1', '0'],
    ['agent-inject-command', 'x', ''],
    ['agent-telemetry', 'x', undefined],
    ['agent-telemetry', '', undefined],
  ] as const) {
    t.ok(needs(key, yes), `${key} ${yes}`)
    if (no !== undefined) t.notOk(needs(key, no), `${key} ${no}`)
  }
  for (const key of ['agent-inject-template', 'agent-cache-listener-port', 'auth-config'] as const)
    t.notOk(needs(key, 'x'), `${key} alone says too little`)
})

t.test('an address and a namespace may be empty, or what they should be', async t => {
  t.equal(annotations.service.kind.read(''), '')
  t.equal(annotations.service.kind.read('https://vault:8200/'), 'https://vault:8200')
  t.equal(annotations.service.kind.read('https://vault/v1'), undefined)
  t.equal(annotations.namespace.kind.read('a b'), undefined)
})

t.test('a key is one of a family by the longest prefix, and only with a name', async t => {
  t.strictSame(familyOf('agent-inject-secret-db'), { family: 'agent-inject-secret', name: 'db' })
  t.strictSame(familyOf('agent-inject-template-file-db'), { family: 'agent-inject-template-file', name: 'db' })
  t.strictSame(familyOf('agent-inject-template-file'), { family: 'agent-inject-template', name: 'file' })
  t.strictSame(familyOf('secret-volume-path-db'), { family: 'secret-volume-path', name: 'db' })
  for (const key of ['agent-inject-secret-', 'agent-inject-secret', 'nonsense', '__proto__', ''])
    t.equal(familyOf(key), undefined, key)
})

t.test('a key stands once, or it does not', async t => {
  t.ok(isFixed('role'))
  t.ok(isFixed('secret-volume-path'))
  for (const key of ['agent-inject-secret', 'agent-telemetry', 'nonsense', '__proto__', 'toString'])
    t.notOk(isFixed(key), key)
})

t.test('an auth path is written without auth/', async t => {
  t.equal(withoutAuth('auth/kubernetes'), 'kubernetes')
  t.equal(withoutAuth('/auth/team/k8s//'), 'team/k8s')
  t.equal(withoutAuth('kubernetes'), 'kubernetes')
})

t.test('where vault-k8s has words for a bad value, they are used', async t => {
  const words = (key: (typeof keys)[number], text: string) => (annotations[key] as Entry<unknown>).words?.(text)
  t.equal(words('agent-inject-default-template', 'XML'), 'invalid default template type: xml')
  t.equal(
    words('agent-share-process-namespace', 'yes'),
    'invalid value yes for annotation "vault.hashicorp.com/agent-share-process-namespace"',
  )
  t.equal(words('auth-min-backoff', '5x'), 'error parsing min backoff as duration: 5x')
  t.equal(words('auth-max-backoff', '5x'), 'error parsing max backoff as duration: 5x')
})
