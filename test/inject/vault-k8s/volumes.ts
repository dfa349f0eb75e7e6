import t from 'tap'
import type { Pod } from '../../../src/inject/pod.ts'
import {
  collisions,
  extraSecret,
  secretMounts,
  secretVolumes,
  tlsSecret,
  withCopied,
} from '../../../src/inject/vault-k8s/volumes.ts'
import { messages, wishOf } from '../../fixtures/vault-k8s.ts'

t.test('each folder is a volume in memory, with a limit', async t => {
  const wish = wishOf({ 'secret-volume-path-db': '/db' })
  const emptyDir = { medium: 'Memory', sizeLimit: '64Mi' }
  t.strictSame(secretVolumes(wish), [
    { name: 'vault-secrets', emptyDir },
    { name: 'vault-secrets-custom-0', emptyDir },
  ])
  t.strictSame(secretMounts(wish.folders), [
    { name: 'vault-secrets', mountPath: '/vault/secrets' },
    { name: 'vault-secrets-custom-0', mountPath: '/db' },
  ])
})

t.test('Secrets for the agent are mounted where vault-k8s has them', async t => {
  t.strictSame(extraSecret(wishOf({})), { volumes: [], mounts: [] })
  t.strictSame(extraSecret(wishOf({ 'agent-extra-secret': 'x' })), {
    volumes: [{ name: 'extra-secrets', secret: { secretName: 'x' } }],
    mounts: [{ name: 'extra-secrets', mountPath: '/vault/custom', readOnly: true }],
  })
  t.match(tlsSecret(wishOf({ 'tls-secret': 'y' })).mounts, [{ name: 'vault-tls-secrets', mountPath: '/vault/tls' }])
})

t.test('mounts of another container come behind, those that are there already not again', async t => {
  const mounts = [
    { name: 'x', mountPath: '/x' },
    { name: 'z', mountPath: '/z' },
  ]
  const others = [
    { name: 'x', mountPath: '/y' },
    { name: 'y', mountPath: '/z' },
  ]
  const copied = [{ name: 'x', mountPath: '/x', readOnly: true }, ...others]
  t.strictSame(withCopied(mounts, { ...wishOf({}), copied }), [...mounts, ...others])
})

const problems = (spec: Partial<NonNullable<Pod['spec']>>, agentMounts: readonly string[] = []) => {
  const wish = wishOf({}, spec)
  const mounts = agentMounts.map(mountPath => ({ name: 'x', mountPath }))
  return messages(collisions(wish, secretVolumes(wish), [mounts, mounts]))
}

t.test('names that the pod has already are refused', async t => {
  t.strictSame(problems({}), [])
  t.match(
    problems({
      containers: [{ name: 'vault-agent' }],
      initContainers: [{ name: 'vault-agent-init' }],
      volumes: [{ name: 'vault-secrets' }, { name: 'vault-secrets-custom-0' }],
    }),
    [/container "vault-agent-init"/, /container "vault-agent"/, /volume "vault-secrets"/],
  )
  t.strictSame(messages(collisions({ ...wishOf({}), pod: {} }, [], [])), [])
})

t.test('a path that is mounted already is refused, one inside of it or around it is not', async t => {
  const at = (mountPath: string) => ({ containers: [{ name: 'app', volumeMounts: [{ name: 'x', mountPath }] }] })
  t.strictSame(problems(at('/vault/secrets/')), [
    'vault.hashicorp.com/secret-volume-path is "/vault/secrets/", where container "app" has another mount; choose another path',
  ])
  t.equal(problems(at('/vault//secrets')).length, 1)
  t.strictSame(problems(at('/vault')), [])
  t.strictSame(problems(at('/vault/secrets/x')), [])
})

t.test('the agent, too, has room for one mount at a path', async t => {
  t.match(problems({}, ['/x', '/x/', '/y']), [/two volumes would be mounted at "\/x" in the agent/])
})
