import t from 'tap'
import type { Container } from '../../src/inject/pod.ts'
import { collisions, filesMounts, filesVolumes, isWired, wire } from '../../src/inject/wiring.ts'
import { read } from '../fixtures/pods.ts'

const variables = [{ name: 'DB', optional: false }]
const wiring = (annotations: Readonly<Record<string, string>>, container: Partial<Container> = {}) => {
  const { intent } = read(annotations)
  return wire({ list: 'containers', index: 0, container: { name: 'app', ...container } }, intent, variables)
}
const messages = (...parameters: Parameters<typeof wiring>) =>
  collisions(wiring(...parameters), read(parameters[0]).intent).map(({ message }) => message)

t.test('a container gets the files read-only, and its variables by reference to the file', async t => {
  const { mounts, env } = wiring({})
  t.strictSame(mounts, [{ name: 'podvault-secrets', mountPath: '/vault/secrets', readOnly: true }])
  t.strictSame(env, [
    { name: 'DB', valueFrom: { fileKeyRef: { volumeName: 'podvault-secrets', path: 'env', key: 'DB' } } },
  ])
  t.strictSame(messages({}), [])
})

t.test('the environment is left alone where the pod wants files only', async t => {
  t.strictSame(wiring({ env: 'file' }).env, [])
  t.strictSame(wiring({ env: 'none' }).env, [])
})

const mounts = (files: string) => filesMounts(read({ 'secrets-file': files }).intent).map(({ mountPath }) => mountPath)

t.test('one ConfigMap is the folder of secrets files; several are folders in it', async t => {
  t.strictSame(mounts('a'), ['/etc/secrets.d'])
  t.strictSame(mounts('a,b/x'), ['/etc/secrets.d/a', '/etc/secrets.d/b'])
})

t.test('several keys of one ConfigMap share its volume', async t => {
  t.strictSame(filesVolumes(read({ 'secrets-file': 'a/x,a/y' }).intent), [
    { configMap: 'a', volume: 'podvault-files-0', mountPath: '/etc/secrets.d', keys: ['x', 'y'] },
  ])
})

t.test('a path on, under or over another mount is refused, however it is written', async t => {
  for (const [path, other] of [
    ['/vault/secrets', '/vault/secrets/'],
    ['/vault/secrets', '/vault'],
    ['/vault', '/vault//secrets'],
    ['/var/run/secrets/kubernetes.io/serviceaccount/x', ''],
    ['/var/run', ''],
  ] as const) {
    const container = other === '' ? {} : { volumeMounts: [{ name: 'data', mountPath: other }] }
    t.equal(messages({ path }, container).length, 1, `${path} and ${other}`)
  }
  t.strictSame(
    messages({ path: '/vault/secrets' }, { volumeMounts: [{ name: 'data', mountPath: '/vault/secrets-2' }] }),
    [],
  )
  t.strictSame(messages({}, { volumeDevices: [{ name: 'disk', devicePath: '/vault' }] }), [
    'podvault mounts "/vault/secrets" in container "app", where "/vault" is mounted; set podvault.dev/path to another one',
  ])
})

t.test('a mount where the secrets files go is refused', async t => {
  t.strictSame(messages({ 'secrets-file': 'a' }, { volumeMounts: [{ name: 'data', mountPath: '/etc' }] }), [
    'podvault mounts "/etc/secrets.d" in container "app", where "/etc" is mounted; mount yours elsewhere',
  ])
})

t.test('secrets and secrets files do not share a path', async t => {
  t.strictSame(messages({ 'secrets-file': 'a', path: '/etc' }), [
    'podvault.dev/path collides with "/etc/secrets.d", where podvault mounts more of the pod\'s files; choose another path',
  ])
})

t.test('a variable that the container has, literal or not, is refused by name', async t => {
  t.strictSame(
    messages({}, { env: [{ name: 'DB', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }, { name: 'X' }] }),
    [
      'container "app" already has a variable DB; remove it there, rename the secret\'s, or let podvault.dev/env-duplicates decide',
    ],
  )
  t.strictSame(messages({ env: 'none' }, { env: [{ name: 'DB', value: 'x' }] }), [])
})

t.test('a container counts as wired once it has our volume', async t => {
  t.ok(isWired({ name: 'app', volumeMounts: [{ name: 'podvault-secrets', mountPath: '/x' }] }))
  t.notOk(isWired({ name: 'app' }))
})

t.test('of a variable that is there already, keep leaves it and overwrite comes after it', async t => {
  const own = { env: [{ name: 'DB', value: 'x' }] }
  t.match(wiring({ 'env-duplicates': 'keep' }, own), { env: [], lateEnv: [] })
  t.match(wiring({ 'env-duplicates': 'overwrite' }, own), { env: [], lateEnv: [{ name: 'DB' }] })
  t.strictSame(messages({ 'env-duplicates': 'keep' }, own), [])
  t.match(wiring({ 'env-duplicates': 'overwrite' }), { env: [{ name: 'DB' }], lateEnv: [] })
})

t.test('a variable that may be missing is an optional reference', async t => {
  const { env } = wire({ list: 'containers', index: 0, container: { name: 'app' } }, read({}).intent, [
    { name: 'A', optional: true },
  ])
  t.equal(env[0]?.valueFrom?.fileKeyRef?.optional, true)
})

t.test('the token as JSON is where kubernetes-vault had it, and nothing else may be there', async t => {
  t.strictSame(wiring({ token: 'json' }).mounts[1], {
    name: 'podvault-vault-token',
    mountPath: '/var/run/secrets/boostport.com',
    readOnly: true,
  })
  t.strictSame(messages({ token: 'json', path: '/var/run/secrets/boostport.com/x' }), [
    'podvault.dev/path collides with "/var/run/secrets/boostport.com", where podvault mounts more of the pod\'s files; choose another path',
  ])
})
