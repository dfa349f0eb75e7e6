import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import type { Pod } from '../../src/inject/pod.ts'
import { admissionReview, app, forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { manifest } from './namespace.ts'
import { certs } from './webhook.ts'

const cluster = connect()
type Manifest = { readonly kind: string }

const post = async (address: string, body: object): Promise<unknown> => {
  const headers = { 'content-type': 'application/json' }
  const options = { ca: readFileSync(`${certs}/ca.crt`), servername: 'podvault.podvault.svc', method: 'POST', headers }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`https://${address}:9443/mutate`, options, resolve).once('error', reject).end(JSON.stringify(body))
  })
  return json(response)
}

t.test(
  'what webhook-config/ installs is accepted, becomes ready under "restricted", and answers for its Service',
  async t => {
    const install = await cluster.kubectl('kustomize', 'webhook-config')
    const manifests = parseAllDocuments(install).map(document => document.toJS() as Manifest)
    const isRegistration = ({ kind }: Manifest) => kind.endsWith('WebhookConfiguration')
    const registration = manifests.filter(isRegistration)
    t.equal(registration.length, 2)
    // Without kube-proxy nobody reaches a Service: the tests' own webhook is registered by its address instead.
    const items = manifests.filter(item => !isRegistration(item))
    const list = (name: string, items: readonly Manifest[]) =>
      [name, JSON.stringify({ apiVersion: 'v1', kind: 'List', items })] as const
    // By another name: the one of the tests is registered already.
    const other = registration.map(item => ({ ...item, metadata: { name: 'of-the-manifests' } }))
    const folder = t.testdir(Object.fromEntries([list('webhook.json', other), list('rest.json', items)]))
    t.match(
      await cluster.kubectl('create', '--dry-run=server', '-f', `${folder}/webhook.json`),
      /of-the-manifests created \(server dry run\)/,
    )
    await cluster.kubectl('apply', '-f', `${folder}/rest.json`)
    t.teardown(async () => cluster.api.remove('/api/v1/namespaces/podvault'))
    const files = [`--cert=${certs}/tls.crt`, `--key=${certs}/tls.key`]
    await cluster.kubectl('-n', 'podvault', 'create', 'secret', 'tls', 'podvault-tls', ...files)
    await cluster.kubectl('-n', 'podvault', 'rollout', 'status', 'deployment/podvault', '--timeout=60s')
    const { items: pods } = await cluster.api.get<{ readonly items: readonly Pod[] }>(
      '/api/v1/namespaces/podvault/pods',
    )
    t.equal(pods.length, 2)
    const object = manifest(app('asking', { role: 'any', secrets: 'PASSWORD=any#thing' }, shell(forever)))
    for (const { status } of pods)
      t.match(await post(status?.podIP ?? '', admissionReview('default', object)), {
        response: { uid: 'of-the-test', allowed: true, patchType: 'JSONPatch' },
      })
  },
)
