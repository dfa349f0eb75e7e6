// What the pages tell people to type and to apply, on a real cluster: the commands in the order of each page, with podvault
// installed as they say, and each manifest by a dry run of the API server. The registry is test/fixtures/documentation.ts.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { objectsIn } from '../fixtures/block-objects.ts'
import { documentation, wayOf } from '../fixtures/documentation.ts'
import { blocksIn, placeOf } from '../fixtures/page-blocks.ts'
import { alone } from './alone.ts'
import { connect } from './cluster.ts'
import { helm } from './helm.ts'
import { importImage, shellImage } from './images.ts'
import { runPage } from './page-run.ts'
import { serveService } from './service.ts'
import { nameReviewer } from './vault-setup.ts'

const cluster = connect()
const label = 'docs.test'
const home = 'podvault'

const pages = Object.entries(documentation).flatMap(([page, { apart }]) =>
  apart === undefined && blocksIn(page).some(block => wayOf(block)?.by === 'cluster') ? [page] : [],
)

const registrations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'

/** As vault-helm makes it, for pods of nobody. */
const vaultK8s = {
  metadata: { name: 'vault-agent-injector-cfg' },
  webhooks: [
    {
      name: 'vault.hashicorp.com',
      failurePolicy: 'Ignore',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      clientConfig: { url: 'https://127.0.0.1:1/mutate' },
      rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
      objectSelector: { matchLabels: { [label]: 'nobody' } },
    },
  ],
}

const cleanUp = async (): Promise<void> => {
  // A page names a reviewer of its own; all other tests log in by the same mount.
  await nameReviewer(cluster.api, cluster.vault)
  await helm('uninstall', 'podvault', '-n', home, '--wait', '--ignore-not-found')
  await cluster.kubectl('delete', 'namespace', '--selector', `${label}=here`, '--ignore-not-found', '--timeout=60s')
  await cluster.kubectl('delete', 'namespace', home, '--ignore-not-found', '--timeout=60s')
  await cluster.kubectl('delete', 'clusterrolebinding', 'vault-login', '--ignore-not-found')
}

t.test('every manifest of the pages is one that the API server takes', async t => {
  const namespace = await cluster.namespace(t)
  const folder = t.testdir()
  for (const page of Object.keys(documentation))
    for (const block of blocksIn(page)) {
      const way = wayOf(block)
      if (way?.by !== 'manifest') continue
      const file = join(folder, 'objects.json')
      writeFileSync(
        file,
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objectsIn(block, way).map(homeless) }),
      )
      const said = await cluster
        .kubectl('apply', '--dry-run=server', '-n', namespace.name, '-f', file)
        .catch((error: unknown) => error)
      t.type(said, 'string', `${placeOf(block)}: ${String(said)}`)
    }
})

/** A dry run finds no namespace that another object of the page would make. */
const homeless = (object: object): object => {
  const { metadata } = object as { readonly metadata: { readonly namespace?: string } }
  const { namespace: _, ...rest } = metadata
  return { ...object, metadata: rest }
}

t.test('every command of the pages does what they say, in its order', async t => {
  await alone(t)
  t.teardown(cleanUp)
  await cleanUp()
  importImage({ ...shellImage(), name: 'docker.io/library/busybox:1.36' })
  await cluster.api.create(registrations, vaultK8s)
  t.teardown(async () => cluster.api.remove(`${registrations}/${vaultK8s.metadata.name}`))
  let isServed = false
  const after = async (text: string): Promise<void> => {
    if (isServed || !text.includes('helm')) return
    isServed = true
    await serveService(t, cluster.api, home, 'podvault')
  }
  t.ok(pages.length >= 3)
  for (const page of pages) await t.test(page, async t => runPage(t, page, { label, after }))
})
