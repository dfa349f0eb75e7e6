import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { serviceAccountPath } from '../../src/inject/wiring.ts'
import { app, forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { isReady, manifest } from './namespace.ts'
import type { Namespace } from './namespace.ts'
import { run } from './place.ts'
import { reviewsOf } from './webhook.ts'

// What docs/security.md says of whoever owns an app, and is told by no other test.

const cluster = connect()
const policy = 'path "secret/data/shop/security" { capabilities = ["read"] }'
const secrets = 'VERSION 2\nMOUNT secret\nPASSWORD=shop/security#password'

/** What a script in the app's container prints, also where it fails. */
const scriptIn = async (namespace: Namespace, pod: string, script: string): Promise<string> =>
  namespace.exec(pod, 'app', 'sh', '-c', `{ ${script}; } 2>&1 || true`)

/** Looks through the file systems of all processes that the app sees for what Vault's tokens begin with. */
const search = "for each in /proc/[0-9]*; do grep -rl 'hvs\\.' $each/root/podvault $each/environ; done 2>/dev/null"

const start = async (namespace: Namespace, name: string, more: Readonly<Record<string, string>> = {}) => {
  await cluster.vault.write('secret/data/shop/security', { data: { password: 'of-the-app' } })
  const settings = { role: namespace.name, secrets, ...more }
  await namespace.create({
    ...app(name, settings, shell(forever)),
    securityContext: { runAsUser: 1000, runAsGroup: 1000 },
  })
  return namespace.until(name, 'readiness', isReady)
}

t.test('the app of a pod has its secrets read-only, and nothing that the agent has', async t => {
  const namespace = await cluster.namespace(t, { policy })
  await start(namespace, 'alone')
  t.match(await scriptIn(namespace, 'alone', 'cat /vault/secrets/env'), 'of-the-app')
  for (const change of ['touch /vault/secrets/mine', 'rm /vault/secrets/env', 'echo x > /vault/secrets/env'])
    t.match(await scriptIn(namespace, 'alone', change), /read-only/i)
  t.match(await scriptIn(namespace, 'alone', 'ls /podvault'), /No such file/)
  t.notMatch(await scriptIn(namespace, 'alone', 'env'), /VAULT_TOKEN|hvs\./)
  t.equal(await scriptIn(namespace, 'alone', search), '')
})

/** The process of the sidecar, as the app sees it. */
const sidecar = "p=$(grep -l 'podvault.cjs.renew' -a /proc/[0-9]*/cmdline 2>/dev/null | head -1); p=${p%/cmdline}"

t.test(
  'an app that is told by a signal sees the sidecar’s process, and none of its files, memory or environment',
  async t => {
    const namespace = await cluster.namespace(t, { policy })
    await start(namespace, 'shared', { 'on-change': 'signal:SIGHUP' })
    const asked = async (what: string) => scriptIn(namespace, 'shared', `${sidecar}; ${what}`)
    t.match(await asked('grep Uid $p/status'), /Uid:\s+1000/, 'it is of the same user')
    for (const what of ['ls $p/root/', 'cat $p/environ', 'head -c 1 $p/mem', 'cat $p/maps'])
      t.match(await asked(what), /Permission denied/, what)
    t.equal(await scriptIn(namespace, 'shared', search), '')
  },
)

t.test('while a pod is admitted nobody asks Vault anything', async t => {
  const namespace = await cluster.namespace(t)
  const path = `nowhere-${randomBytes(8).toString('hex')}`
  const isAsked = (): boolean => readFileSync(`${run}/logs/vault-audit`, 'utf8').includes(path)
  const pod = app('asks', { role: namespace.name, secrets: `PASSWORD=${path}#password` }, shell(forever))
  const { metadata } = await cluster.api.create<{ readonly metadata: { readonly annotations: object } }>(
    `${namespace.path}/pods?dryRun=All`,
    manifest(pod),
  )
  t.ok('podvault.dev/status' in metadata.annotations, 'it was injected')
  t.notOk(isAsked())
  await cluster.vault.write(`secret/data/${path}`, { data: { password: 'x' } })
  t.ok(isAsked(), 'and who asks is seen')
})

t.test('the injected containers have no token of the API server, which therefore asks about a pod once', async t => {
  const namespace = await cluster.namespace(t, { policy })
  const { spec } = await start(namespace, 'once')
  const mounts = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ name, volumeMounts = [] }) => [
    name,
    volumeMounts
      .find(({ mountPath }) => mountPath === serviceAccountPath)
      ?.name.split('-', 2)
      .join('-'),
  ])
  t.strictSame(mounts, [
    ['podvault-login', 'podvault-token'],
    ['podvault-renew', 'podvault-token'],
    ['app', 'kube-api'],
  ])
  t.equal(reviewsOf(namespace.name).length, 1)
})
