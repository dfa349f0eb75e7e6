import t from 'tap'
import { survey } from '../../../src/cli/migrate/live.ts'

const kinds = 'deployments,statefulsets,daemonsets,replicasets,replicationcontrollers,jobs,cronjobs,pods'
const group = 'secrets.hashicorp.com'
const synced = `get vaultstaticsecrets.${group},vaultdynamicsecrets.${group},vaultpkisecrets.${group}`
const logins = `get vaultauths.${group},vaultconnections.${group} --all-namespaces`
const missing = new Error(`kubectl failed: error: the server doesn't have a resource type "vaultauths"`)

const ownedBy = (uid: string) => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: uid, uid })

const item = (kind: string, uid: string, owner?: string, spec?: object) => {
  const ownerReferences = owner === undefined ? [] : [ownedBy('x'), { ...ownedBy(owner), controller: true }]
  return { kind, metadata: { uid, ownerReferences }, ...(spec !== undefined && { spec }) }
}

const look = (items: unknown, changed: Readonly<Record<string, unknown>> = {}, selector: readonly string[] = []) => {
  const answers: Readonly<Record<string, unknown>> = {
    [`get ${kinds} --namespace=shop`]: { items },
    'get configmaps --namespace=shop': {
      items: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'c', namespace: 'shop', labels: { 'podvault.dev/secrets-file': 'true' } },
          data: { a: 'A=b#c' },
        },
      ],
    },
    [`${synced} --namespace=shop`]: missing,
    [logins]: missing,
    version: { serverVersion: { major: '1', minor: '36' } },
    'get deployments --all-namespaces --selector app.kubernetes.io/name=podvault': { items: [] },
    ...changed,
  }
  const asked: string[] = []
  const kubectl = async (...words: readonly string[]) => {
    asked.push(words.join(' '))
    const answer = answers[words.join(' ')]
    if (answer instanceof Error || answer === undefined) throw answer ?? new Error(`forbidden: ${words.join(' ')}`)
    return answer
  }
  return survey(kubectl, ['--namespace=shop'], selector).then(found => ({ ...found, asked }))
}

const uids = ({ documents }: { readonly documents: readonly unknown[] }): readonly unknown[] =>
  (documents[0] as { readonly items: readonly { readonly metadata?: { readonly uid: string } }[] }).items.map(
    ({ metadata }) => metadata?.uid,
  )

t.test('of what owns something, the topmost counts', async t => {
  const found = await look([
    item('Deployment', 'd'),
    item('ReplicaSet', 'r', 'd'),
    item('Pod', 'p', 'r'),
    item('Pod', 'alone'),
  ])
  t.same(uids(found), ['d', 'alone'])
  t.match(found.known, { kubernetes: { minor: 36 } })
  t.ok(found.known.configMap?.('shop', 'c'))
  t.match(found.notes, [/the settings of its webhook are unknown/], 'and nothing of an operator that is not there')
})

t.test('of an owner that is not read, one of its objects counts, and none that is not in use', async t => {
  const spec = { replicas: 2 }
  const found = await look([
    item('ReplicaSet', 'old', 'rollout', { replicas: 0 }),
    item('ReplicaSet', 'new', 'rollout', spec),
    item('Pod', 'p', 'new'),
    item('Pod', 'q', 'gone'),
    { kind: 'Pod' },
  ])
  t.same(uids(found), ['new', 'q', undefined])
})

t.test('what is chosen by the labels of its pods alone is told as what owns it', async t => {
  const [deployment, replicaSet] = [item('Deployment', 'd'), item('ReplicaSet', 'r', 'd')]
  const pods = { items: [item('Pod', 'p', 'r')] }
  const chosen = { [`get ${kinds} --namespace=shop --selector=app=web`]: pods }
  const found = await look([deployment, replicaSet, item('Pod', 'p', 'r'), item('Pod', 'q')], chosen, [
    '--selector=app=web',
  ])
  t.same(uids(found), ['d'])
})

t.test('what owns itself, or two that own each other, end somewhere', async t => {
  t.same(uids(await look([item('Pod', 'a', 'a')])), ['a'])
  t.equal(uids(await look([item('Pod', 'a', 'b'), item('Pod', 'b', 'a')])).length, 2)
})

t.test('no Secret is ever asked for', async t => {
  const { asked } = await look([])
  t.ok(asked.length >= 6)
  t.notOk(asked.some(words => /(?:^|[ ,])secrets(?:[ ,]|$)/.test(words)))
})

t.test('what may not be read is said; without workloads there is nothing to say', async t => {
  const forbidden = new Error('forbidden')
  const { notes } = await look([], {
    'get configmaps --namespace=shop': forbidden,
    [logins]: forbidden,
    version: forbidden,
  })
  t.match(notes.toSorted(), [
    /no ConfigMap is known/,
    /objects of the Secrets Operator are unknown/,
    /settings of its webhook/,
    /version/,
  ])
  t.same(uids(await look(undefined)), [])
  await t.rejects(look([], { [`get ${kinds} --namespace=shop`]: forbidden }), { message: 'forbidden' })
})
