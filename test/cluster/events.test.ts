import t from 'tap'
import { asks, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { eventually } from './eventually.ts'
import { manifest } from './namespace.ts'
import type { Namespace } from './namespace.ts'

const cluster = connect()

type Event = {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly count?: number
  readonly source: { readonly component: string }
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly uid: string }
}

const events = async ({ path }: Namespace): Promise<readonly Event[]> =>
  (await cluster.api.get<{ readonly items: readonly Event[] }>(`${path}/events`)).items

const ours = async (namespace: Namespace) =>
  (await events(namespace)).filter(({ source }) => source.component === 'podvault')

/** Pods of it are refused: the annotation does not exist. */
const template = {
  metadata: { annotations: asks({ role: 'x', secrets: 'A=b#c', refesh: '5m' }), labels: { app: 'web' } },
  spec: { containers: [shell('exit')] },
}

t.test('a ReplicaSet whose pods are refused shows once why, in the words of the denial', async t => {
  const namespace = await cluster.namespace(t)
  const selector = { matchLabels: { app: 'web' } }
  const sets = `/apis/apps/v1/namespaces/${namespace.name}/replicasets`
  const spec = { replicas: 2, selector, template }
  const set = await cluster.api.create<{ readonly metadata: { readonly uid: string } }>(sets, {
    metadata: { name: 'web' },
    spec,
  })
  const attempts = async () =>
    (await events(namespace))
      .filter(({ reason }) => reason === 'FailedCreate')
      .reduce((sum, { count = 1 }) => sum + count, 0)
  await eventually('several attempts', 30, async () => (await attempts()) >= 3 && (await ours(namespace)).length > 0)
  const [event, ...more] = await ours(namespace)
  t.same(more, [], 'once, however often it tries')
  t.match(event, { type: 'Warning', reason: 'UnknownAnnotation', involvedObject: { kind: 'ReplicaSet', name: 'web' } })
  t.equal(event?.involvedObject.uid, set.metadata.uid)
  t.match(event?.message, /podvault.dev\/refesh.*did you mean podvault.dev\/refresh/)
  const denial = (await events(namespace)).find(({ reason }) => reason === 'FailedCreate')
  t.ok(denial?.message.endsWith(`denied the request: ${event?.message}`))
  t.match(
    await cluster.kubectl('-n', namespace.name, 'describe', 'replicaset', 'web'),
    /UnknownAnnotation .* podvault /,
  )
})

t.test('a Job hears of it as well', async t => {
  const namespace = await cluster.namespace(t)
  const jobs = `/apis/batch/v1/namespaces/${namespace.name}/jobs`
  const spec = { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } }
  await cluster.api.create(jobs, { metadata: { name: 'job' }, spec })
  await eventually('an event', 30, async () => (await ours(namespace)).length > 0)
  t.match(await ours(namespace), [{ reason: 'UnknownAnnotation', involvedObject: { kind: 'Job', name: 'job' } }])
})

t.test('nobody hears of a dry run', async t => {
  const namespace = await cluster.namespace(t)
  const reference = (name: string) => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name,
    uid: `of-${name}`,
    controller: true,
  })
  const pod = (name: string) => {
    const { metadata, ...rest } = manifest({ name, ...template.spec, annotations: template.metadata.annotations }) as {
      readonly metadata: object
    }
    return { ...rest, metadata: { ...metadata, ownerReferences: [reference(name)] } }
  }
  const create = (name: string, more = '') => cluster.api.create(`${namespace.path}/pods${more}`, pod(name))
  await t.rejects(create('dry', '?dryRun=All'), { message: /denied the request/ })
  await t.rejects(create('real'), { message: /denied the request/ })
  await eventually('an event', 30, async () => (await ours(namespace)).length > 0)
  t.match(await ours(namespace), [{ involvedObject: { name: 'real' } }])
})
