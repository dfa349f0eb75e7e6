// docs/recipes/vault-secrets-operator.md, done: what stands on the page is what is applied here.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import type { Pod } from '../../src/inject/pod.ts'
import { written } from '../fixtures/event-server.ts'
import { audited, isLeaseRenewal, nextAudited } from './audit.ts'
import { connect } from './cluster.ts'
import { kill } from './containers.ts'
import { startEventVault } from './event-vault.ts'
import { eventually } from './eventually.ts'
import { isReady, namespaceOf } from './namespace.ts'
import { blocksOf } from './page.ts'
import { apiServer, node, run } from './place.ts'
import { superuser } from './postgres.ts'
import { certs, metricsAt, otherOperator, settings, startServer } from './webhook.ts'

const cluster = connect()
const lab = 'secrets-operator-lab'
const block = blocksOf('docs/recipes/vault-secrets-operator.md', {
  'docker.io/library/postgres:17': 'test.local/shell:1',
  'postgres.example.com': node,
})
const eventsPort = 8400

/** The page's files in a folder, and its commands run there as they stand. */
const folder = t.testdir()
const env = {
  ...process.env,
  KUBERNETES: apiServer,
  POSTGRES_USER: superuser.username,
  POSTGRES_PASSWORD: superuser.password,
}
const sh = async (name: string): Promise<string> =>
  (await promisify(execFile)('sh', ['-euc', block(name)], { cwd: folder, env })).stdout

/** A file of the page; its namespaces are those of the webhook below. */
const save = (name: string, change: (object: Manifest) => object = object => object): void => {
  const objects = parseAllDocuments(block(name)).map(document => document.toJS() as Manifest)
  const labelled = objects.map(object =>
    object.kind === 'Namespace'
      ? { ...object, metadata: { ...object.metadata, labels: { [otherOperator]: lab } } }
      : change(object),
  )
  writeFileSync(join(folder, `${name}.yaml`), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: labelled }))
}
type Manifest = { readonly kind: string; readonly metadata: { readonly annotations?: object } }

/** A webhook of this test's own: it is going to die. */
const webhookAt = { listen: `${node}:9543`, metrics: '127.0.0.1:9590' }
const startWebhook = async () => {
  const config = `${run}/${lab}.json`
  writeFileSync(config, JSON.stringify({ allow: { addresses: [`http://${node}:${eventsPort}`] } }))
  const flags = { ...settings, config, listen: webhookAt.listen, 'metrics-listen': webhookAt.metrics }
  const server = startServer(lab, flags, new URL(apiServer).port)
  await eventually('a webhook', 30, async () =>
    metricsAt(`http://${webhookAt.metrics}`).then(
      () => true,
      () => false,
    ),
  )
  return server
}
const registrations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'

const register = async (): Promise<void> => {
  const { webhooks } = parse(readFileSync('webhook-config/mutatingwebhookconfiguration.yaml', 'utf8')) as {
    readonly webhooks: readonly object[]
  }
  const caBundle = readFileSync(`${certs}/ca.crt`, 'base64')
  const clientConfig = { url: `https://${webhookAt.listen}/mutate`, caBundle }
  await cluster.api.create(registrations, {
    metadata: { name: lab },
    webhooks: webhooks.map(each => ({
      ...each,
      clientConfig,
      namespaceSelector: { matchLabels: { [otherOperator]: lab } },
    })),
  })
}

const [statics, dynamics] = ['static-exampleapp', 'dynamic-exampleapp'].map(name => namespaceOf(cluster.api, name)) as [
  ReturnType<typeof namespaceOf>,
  ReturnType<typeof namespaceOf>,
]
const podsOf = async ({ path }: typeof statics): Promise<readonly Pod[]> =>
  (await cluster.api.get<{ readonly items: readonly Pod[] }>(`${path}/pods`)).items
const nameOf = ({ metadata }: Pod): string => metadata?.name ?? ''
const addressOf = ({ status }: Pod): string => status?.podIP ?? ''

let webhook = await startWebhook()

t.before(async () => {
  await register()
  for (const name of ['reviewer', 'static', 'dynamic']) save(name)
  await sh('auth')
})
t.teardown(async () => {
  await cluster.api.remove(`${registrations}/${lab}`)
  for (const { path } of [statics, dynamics]) await cluster.api.remove(path)
  webhook.process.kill()
})

t.test('D1: the app finds a static secret in its environment and in a file, which follows Vault', async t => {
  await sh('vault-static')
  await sh('static-up')
  const shown = await sh('static-show')
  t.match(shown, /^static-user first$/m)
  t.match(shown, '"STATIC_PASSWORD":"first"')
  await sh('static-change')
  await eventually('the file has changed', 15, async () =>
    (await sh('static-show')).includes('"STATIC_PASSWORD":"second"'),
  )
  t.match(await sh('static-show'), /^static-user first$/m, 'the environment of a process stays as it was')
  const { items } = await cluster.api.get<{ readonly items: readonly object[] }>(`${statics.path}/secrets`)
  t.same(items, [], 'and there is no Secret')
})

/** Those of the given users that PostgreSQL knows. */
const known = async (users: readonly string[]): Promise<readonly string[]> =>
  (await cluster.sql(`select rolname from pg_roles where rolname in (${users.map(user => `'${user}'`).join(', ')})`))
    .split('\n')
    .filter(user => user !== '')

const logins = (pod: Pod): number =>
  audited(addressOf(pod)).filter(({ request }) => request.path === 'auth/lab/login').length

const userOf = async (pod: Pod): Promise<string> => {
  const [, user = ''] = await dynamics.line(nameOf(pod), 'exampleapp', /^status ok (.+)$/)
  return user
}

t.test('D2 and D3: dynamic credentials', { timeout: 280_000 }, async t => {
  await sh('vault-dynamic')
  await sh('dynamic-up')
  const pods = await podsOf(dynamics)
  const first = await Promise.all(pods.map(userOf))

  await t.test('two replicas have two users, two leases and one login each', async t => {
    t.equal(pods.length, 2)
    t.equal(new Set(first).size, 2)
    t.same((await known(first)).toSorted(), first.toSorted(), 'PostgreSQL knows both')
    t.equal((await sh('leases')).trim().split('\n').length, 2 + 2, 'with two lines of heading')
    t.same(pods.map(logins), [1, 1])
  })

  await t.test('the sidecar tells Prometheus and probes how it is', async t => {
    for (const pod of pods) {
      const text = await metricsAt(`http://${addressOf(pod)}:9105`)
      t.match(text, /^podvault_agent_ready 1$/m)
      const [, ttl] =
        /^podvault_agent_lease_ttl_seconds\{path="exampleapp-db\/creds\/exampleapp"\} (\S+)$/m.exec(text) ?? []
      t.ok(Number(ttl) > 0 && Number(ttl) <= 30, `${ttl} s are left`)
      const password = await dynamics.exec(nameOf(pod), 'exampleapp', 'sh', '-c', 'echo "$PGPASSWORD"')
      t.ok(password.length > 10)
      for (const secret of [await userOf(pod), password.trim()]) t.notOk(text.includes(secret), 'and nothing secret')
    }
  })

  await t.test(
    'a sidecar that is killed goes on with its lease; a webhook that is killed is missed by no running pod',
    async t => {
      const [pod] = pods
      if (pod === undefined) return
      const before = await sh('leases')
      kill(await dynamics.until(nameOf(pod), 'readiness', isReady), 'podvault-renew')
      const gone = once(webhook.process, 'exit')
      webhook.process.kill('SIGKILL')
      await gone
      t.equal((await nextAudited(addressOf(pod), isLeaseRenewal)).error, undefined)
      t.equal(await sh('leases'), before)
      t.equal(logins(pod), 1)
      t.same(await Promise.all(pods.map(userOf)), first)
      const asking = { metadata: { name: 'asking', annotations: { 'podvault.dev/inject': 'true' } } }
      const silent = { metadata: { name: 'silent' } }
      const spec = { containers: [{ name: 'a', image: 'test.local/shell:1', args: ['exit 0'] }] }
      await t.rejects(cluster.api.create(`${dynamics.path}/pods`, { ...asking, spec }), {
        message: /failed calling webhook/,
      })
      await cluster.api.create(`${dynamics.path}/pods?dryRun=All`, { ...silent, spec })
      webhook = await startWebhook()
      await t.rejects(cluster.api.create(`${dynamics.path}/pods`, { ...asking, spec }), { message: /role is missing/ })
    },
  )

  await t.test('at max_ttl each pod gets a new user and starts again in place, and no login ever fails', async t => {
    for (const [index, pod] of pods.entries()) {
      const restarted = await dynamics.until(
        nameOf(pod),
        'a restart in place',
        ({ status }) =>
          (status?.containerStatuses ?? []).some(
            ({ restartCount, state }) => restartCount > 0 && state?.running !== undefined,
          ),
        120,
      )
      t.equal(restarted.metadata?.uid, pod.metadata?.uid)
      t.not(await userOf(restarted), first[index])
      t.notMatch(await dynamics.logs(nameOf(pod), 'exampleapp'), /status failed/)
    }
    await eventually('the first users are gone', 60, async () => (await known(first)).length === 0)
  })
})

t.test('D4: a Vault that tells of changes is heard, one that does not is polled', async t => {
  const events = await startEventVault(t, eventsPort)
  await sh('vault-events')
  const pod = (address: string | undefined, name: string) => (object: Manifest) => ({
    ...object,
    metadata: {
      ...object.metadata,
      name,
      annotations: {
        ...object.metadata.annotations,
        ...(address !== undefined && { 'podvault.dev/address': address }),
      },
    },
  })
  for (const [name, address] of [
    ['instant', events.address],
    ['polling', undefined],
  ] as const) {
    save('instant', pod(address, name))
    await cluster.kubectl('apply', '-f', join(folder, 'instant.yaml'))
    await statics.until(name, 'readiness', isReady)
  }
  await statics.line('instant', 'podvault-renew', /"event":"listening for changes"/)
  t.same(events.listeners, ['/v1/sys/events/subscribe/kv*?json=true'])
  await cluster.vault.write('static/data/exampleapp/creds', { data: { username: 'static-user', password: 'at once' } })
  const changed = Date.now()
  events.tell(written('static/', 'exampleapp/creds'))
  const secrets = async (name: string) => statics.exec(name, 'exampleapp', 'cat', '/vault/secrets/secrets.json')
  await eventually('the file has changed', 15, async () => (await secrets('instant')).includes('at once'))
  t.comment(`the file changed ${Date.now() - changed} ms after the event, with refresh 1h`)
  const [line] = await statics.line('polling', 'podvault-renew', /.*not listening for changes.*/)
  t.match(line, /status 404/)
  t.notMatch(await secrets('polling'), /at once/, 'community Vault tells nothing')
})
