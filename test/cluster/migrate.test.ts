// `podvault migrate` beside a real API server: what owns what, what there is no kind for, and what may not be read.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import t from 'tap'
import type { Migrated } from '../../src/cli/migrate/all.ts'
import { connect } from './cluster.ts'
import { vaultAddress } from './place.ts'
import { program } from './webhook.ts'

const cluster = connect()

type Answer = Migrated & { readonly notes: readonly string[] }

// The settings of another test's Deployment are not those of the webhook here.
const flags = ['--vault-address', vaultAddress, '--config', '', '--output', 'json']

const migrate = async (...args: readonly string[]): Promise<Answer & { readonly code: number }> => {
  const run = promisify(execFile)(process.execPath, [program, 'migrate', ...args, ...flags], { maxBuffer: 2 ** 26 })
  const { stdout, code = 0 } = (await run.catch(
    (error: { readonly stdout: string; readonly code: number }) => error,
  )) as {
    readonly stdout: string
    readonly code?: number
  }
  return { ...(JSON.parse(stdout) as Answer), code }
}

const annotations = {
  'vault.hashicorp.com/agent-inject': 'true',
  'vault.hashicorp.com/role': 'migrate',
  'vault.hashicorp.com/agent-inject-secret-db': 'secret/data/migrate',
}
// Nodes there are none of: these pods are only admitted.
const spec = {
  nodeSelector: { nowhere: 'true' },
  containers: [{ name: 'app', image: 'test.local/shell:1', args: ['exit 0'] }],
}
const metadata = { labels: { app: 'web' }, annotations }

t.test(
  'of a Deployment with its ReplicaSet and its pods one workload is told; a bare pod is one of its own',
  async t => {
    const namespace = await cluster.namespace(t)
    const env = [{ name: 'A', value: 'vault:secret/data/migrate#a' }]
    const objects = [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { metadata, spec } },
      },
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'job' },
        spec: { template: { metadata: { annotations }, spec: { ...spec, restartPolicy: 'Never' } } },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'bank' },
        spec: { ...spec, containers: [{ ...spec.containers[0], env }] },
      },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'other' }, spec },
    ]
    const file = `${t.testdir()}/objects.json`
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
    await cluster.kubectl('apply', '-n', namespace.name, '-f', file)
    await cluster.kubectl(
      'wait',
      '-n',
      namespace.name,
      'replicaset',
      '-l',
      'app=web',
      '--for=jsonpath={.status.replicas}=2',
    )

    const found = await migrate('--namespace', namespace.name)
    t.equal(found.code, 3)
    t.same(found.migrations.map(({ kind, name, outcome }) => `${kind} ${name}: ${outcome}`).toSorted(), [
      'Deployment web: as it is',
      'Job job: better',
      'Pod bank: by hand',
    ])
    t.equal(found.others, 1)
    t.same(found.objects, [])
    t.same(
      found.notes.filter(note => !note.startsWith('the settings of its webhook')),
      [],
      'a cluster without the Secrets Operator is no lack',
    )
    const web = await migrate('--namespace', namespace.name, '--selector', 'app=web')
    t.equal(web.code, 0)
    t.same(
      web.migrations.map(({ kind }) => kind),
      ['Deployment'],
    )
  },
)

t.test('whoever may not read workloads is told so', async t => {
  const args = [program, 'migrate', '--all-namespaces', '--kubeconfig', '/dev/null']
  await t.rejects(promisify(execFile)(process.execPath, args), {
    code: 1,
    stderr: /^podvault migrate: kubectl failed: /,
  })
})
