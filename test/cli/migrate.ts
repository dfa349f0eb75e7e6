import t from 'tap'
import { migrate } from '../../src/cli/migrate.ts'
import { run } from '../fixtures/io.ts'
import { fakeKubectl } from '../fixtures/kubectl.ts'
import { settings } from '../fixtures/pods.ts'

const address = ['--vault-address', settings.address ?? '']
const file = (name: string): readonly string[] => ['-f', `test/fixtures/pods/${name}/pod.yaml`, ...address]

t.test('exit code 0 when all is well, 3 when something needs a hand', async t => {
  const good = await run(migrate, file('vault-k8s-minimal'))
  t.equal(good.code, 0)
  t.match(good.stdout, /\n1 workload: 0 as they are, 1 get better, 0 need a hand\n$/)
  const bad = await run(migrate, file('vault-k8s-no-role'))
  t.equal(bad.code, 3)
  t.match(bad.stdout, /by hand .*no Vault role found/)
  const idle = await run(migrate, ['-f', '-'], {
    stdin: JSON.stringify({ apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'HCPAuth', metadata: { name: 'a' } }),
  })
  t.equal(idle.code, 3)
  t.match(idle.stdout, /other objects that need a hand\n {2}HCPAuth default\/a: /)
})

t.test('what is no pod is said', async t => {
  const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'odd' }, spec: { containers: 1 } })
  const { code, stdout } = await run(migrate, ['-f', '-', ...address], { stdin })
  t.equal(code, 3)
  t.match(stdout, /Pod default\/odd: /)
})

t.test('JSON for scripts, with each annotation', async t => {
  const { stdout } = await run(migrate, [...file('vault-k8s-minimal'), '-o', 'json'])
  t.match(JSON.parse(stdout), {
    migrations: [{ outcome: 'better', findings: [{ tool: 'vault-k8s', settings: [{ becomes: 'same' }] }] }],
    counts: { better: 1 },
    others: 0,
    objects: [],
    notes: [],
  })
})

const kinds = 'deployments,statefulsets,daemonsets,replicasets,replicationcontrollers,jobs,cronjobs,pods'
const template = {
  metadata: {
    annotations: {
      'vault.hashicorp.com/agent-inject': 'true',
      'vault.hashicorp.com/role': 'web',
      'vault.hashicorp.com/agent-inject-secret-db': 'secret/data/db',
    },
  },
  spec: { containers: [{ name: 'app', image: 'a' }] },
}

t.test('a cluster through kubectl, and what of it is not known', async t => {
  const items = [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' }, spec: { template } },
  ]
  const words = `--context=c get ${kinds} --all-namespaces`
  const env = fakeKubectl(t.testdir(), { [words]: { items }, [`${words} --selector=app=web`]: { items } })
  const flags = ['-A', '-l', 'app=web', '--context', 'c', ...address]
  const { code, stdout, stderr } = await run(migrate, flags, { env })
  t.equal(code, 0)
  t.match(stdout, /^Deployment shop\/web: as it is \(vault-k8s\)\n/)
  t.match(stderr, /not known: no ConfigMap is known: /)
  const one = fakeKubectl(t.testdir(), { [`--kubeconfig=k get ${kinds} --namespace=shop`]: { items: [] } })
  const { stdout: nothing } = await run(migrate, ['-n', 'shop', '--kubeconfig', 'k'], { env: one })
  t.match(nothing, /^0 workloads/)
})

t.test('flags that exclude each other, and help', async t => {
  for (const flags of [
    ['-A', '-f', 'a'],
    ['-l', 'a=b', '-f', 'a'],
    ['-A', '-n', 'shop'],
  ])
    await t.rejects(run(migrate, flags), { code: 'usage' })
  const { code, stdout } = await run(migrate, ['--help'])
  t.equal(code, 0)
  t.match(stdout, /--all-namespaces/)
})
