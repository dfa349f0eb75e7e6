import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { vaultAgentEngine } from '../../../../src/inject/engines/vault-agent/containers.ts'
import type { Container, Pod } from '../../../../src/inject/pod.ts'
import { generous, messages, readOf, wishOf } from '../../../fixtures/vault-k8s.ts'

type Json = Readonly<Record<string, unknown>>

const fixtures = 'test/fixtures/vault-k8s'
const ca = '-----BEGIN CERTIFICATE-----\n'

/** With what VAULT_CONFIG says in the place of its base64. */
const opened = (container: Container): Json => ({
  ...container,
  env: container.env?.map(({ name, value, ...rest }) =>
    name === 'VAULT_CONFIG'
      ? { name, value: JSON.parse(Buffer.from(String(value), 'base64').toString()) }
      : { name, ...(value !== undefined && { value }), ...rest },
  ),
})

/** What is ours on purpose: exec, a seccomp profile, and no words about a mount that may be written to. */
const asTheirs = (container: Container): Json => {
  const { securityContext, args, volumeMounts, ...rest } = container
  const { seccompProfile, ...context } = securityContext ?? {}
  if (securityContext !== undefined) t.strictSame(seccompProfile, { type: 'RuntimeDefault' })
  return opened({
    ...rest,
    args: args?.map(line => line.replace('&& exec vault', '&& vault')) ?? [],
    volumeMounts: volumeMounts ?? [],
    ...(securityContext !== undefined && { securityContext: context }),
  })
}

/** vault-k8s goes through its secrets in an order that changes from pod to pod. */
const inOrder = (container: Json): Json =>
  JSON.parse(JSON.stringify(container), (key, value) =>
    key === 'template'
      ? value.toSorted((a: Json, b: Json) => String(a['destination']).localeCompare(String(b['destination'])))
      : value,
  )

for (const name of readdirSync(fixtures).filter(each => existsSync(`${fixtures}/${each}/vault-k8s.json`)))
  t.test(`the pod of ${fixtures}/${name} gets what vault-k8s itself has made of it`, async t => {
    const pod: Pod = parse(readFileSync(`${fixtures}/${name}/pod.yaml`, 'utf8'))
    const theirs: Record<string, Json> = JSON.parse(readFileSync(`${fixtures}/${name}/vault-k8s.json`, 'utf8'))
    const operator = name === 'connection' ? { ...generous, ca } : generous
    const { wish, problems } = readOf(pod, operator)
    t.strictSame(messages(problems), [])
    const { init, sidecar } = vaultAgentEngine(wish, false)
    t.ok(Object.keys(theirs).length > 0)
    for (const container of [init, sidecar])
      if (theirs[container.name] !== undefined)
        t.strictSame(inOrder(asTheirs(container)), inOrder(theirs[container.name]!))
  })

t.test('its volumes are those of vault-k8s, in memory with a limit', async t => {
  const volumes = (texts: Readonly<Record<string, string>>, spec = {}) =>
    vaultAgentEngine(wishOf(texts, spec), true).volumes.map(({ name, emptyDir }) => [name, emptyDir?.sizeLimit])
  t.strictSame(volumes({}), [
    ['home-init', '8Mi'],
    ['home-sidecar', '8Mi'],
    ['vault-secrets', '64Mi'],
  ])
  t.strictSame(
    volumes({
      'agent-pre-populate-only': 'true',
      'agent-configmap': 'x',
      'agent-extra-secret': 'y',
      'tls-secret': 'z',
    }).map(([name]) => name),
    ['home-init', 'vault-secrets', 'vault-config', 'extra-secrets', 'vault-tls-secrets'],
  )
  t.strictSame(
    volumes({ 'agent-cache-enable': 'true' }).map(([name]) => name),
    ['home-init', 'home-sidecar', 'vault-secrets', 'vault-agent-cache'],
  )
  t.strictSame(volumes({ 'agent-pre-populate': 'false' })[0], ['home-sidecar', '8Mi'])
})

t.test('a pod without a token gets one', async t => {
  const { volumes, init } = vaultAgentEngine(wishOf({}, { containers: [{ name: 'app' }] }), true)
  t.match(volumes.at(-1), { name: 'podvault-token' })
  t.match(init.volumeMounts?.[1], {
    name: 'podvault-token',
    mountPath: '/var/run/secrets/vault.hashicorp.com/serviceaccount',
  })
})

t.test('the sidecar is a native one where it is to be', async t => {
  t.equal(vaultAgentEngine(wishOf({}), true).sidecar.restartPolicy, 'Always')
  t.equal(vaultAgentEngine(wishOf({}), false).sidecar.restartPolicy, undefined)
})

t.test('its image is Vault’s, also where the pod names podvault’s', async t => {
  const image = (text: string) => vaultAgentEngine(wishOf({ 'agent-image': text }), true).init.image
  t.equal(image(''), generous.vaultImage)
  t.equal(image(generous.image), generous.vaultImage)
  t.equal(image('example.com/vault:1'), 'example.com/vault:1')
})

t.test('an AWS token of a pod without containers is nowhere', async t => {
  const wish = { ...wishOf({ 'auth-type': 'aws' }), pod: {} }
  t.equal(vaultAgentEngine(wish, true).init.volumeMounts?.length, 3)
})

t.test('of several AWS tokens the first is mounted', async t => {
  const volumeMounts = ['a', 'b'].map(name => ({ name, mountPath: `/${name}/eks.amazonaws.com` }))
  const wish = wishOf({ 'auth-type': 'aws' }, { containers: [{ name: 'app', volumeMounts }] })
  const mounted = vaultAgentEngine(wish, true).init.volumeMounts?.filter(({ mountPath }) => mountPath.endsWith('.com'))
  t.strictSame(mounted, [{ name: 'a', mountPath: '/a/eks.amazonaws.com', readOnly: true }])
})

t.test('what is wrong comes along', async t => {
  const { problems } = vaultAgentEngine(
    wishOf({
      'agent-json-patch': 'x',
      'agent-init-json-patch': '[{"op":"remove","path":"/x"}]',
      'agent-run-as-same-user': 't',
    }),
    true,
  )
  t.match(messages(problems), [/No SecurityContext/, /agent-init-json-patch/, /agent-json-patch/])
})
