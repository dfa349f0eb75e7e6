import t from 'tap'
import {
  putCaBundle,
  putLease,
  putSecret,
  see,
  seeLease,
  seeRegistrations,
  watchRegistration,
} from '../../src/webhook/objects.ts'
import { fakeCluster, until } from '../fixtures/api-server.ts'
import { fakeObjects, names, paths, webhooks } from '../fixtures/objects.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

t.test('what is not there is not there', async t => {
  const { api } = await fakeObjects(t)
  t.same(await see(api, names), { secret: undefined, registrations: [] })
  t.equal(await seeLease(api, names), undefined)
})

t.test('what is there is seen', async t => {
  const { api, put, seen } = await fakeObjects(t)
  put(paths.secret, { data: { 'ca.crt': 'YQ==' } })
  put(paths.validating, { webhooks })
  t.same(await see(api, names), {
    secret: { version: '1', data: { 'ca.crt': 'YQ==' } },
    registrations: [
      {
        kind: 'ValidatingWebhookConfiguration',
        version: '2',
        webhooks: [{ caBundle: '', host: 'podvault.team.svc' }],
        isInjected: false,
      },
    ],
  })
  t.same(new Set(seen), new Set([paths.secret, paths.mutating, paths.validating].map(path => `GET ${path}`)))
  put(paths.secret, {})
  t.same((await see(api, names)).secret, { version: '3', data: {} }, 'an empty one')
})

t.test('a no that is not about its being there is an error', async t => {
  const { api, refuse, put } = await fakeObjects(t)
  refuse(/secrets/, 403)
  await t.rejects(see(api, names), /not now/)
  refuse(/leases/, 500)
  await t.rejects(seeLease(api, names), /not now/)
  refuse(/x/, 0)
  put(paths.mutating, { webhooks: 7 })
  await t.rejects(seeRegistrations(api, 'podvault'), /webhooks must be a list/)
})

t.test('of two who take the Lease at a time one gets it', async t => {
  const { api } = await fakeObjects(t)
  const [one, two] = await Promise.allSettled(['a', 'b'].map(me => putLease(api, names, me, undefined)))
  t.same(new Set([one?.status, two?.status]), new Set(['fulfilled', 'rejected']))
  const lease = await seeLease(api, names)
  const next = await putLease(api, names, 'c', lease)
  t.match(next, { holder: 'c', transitions: 1 })
  await t.rejects(putLease(api, names, 'd', lease), /409/)
})

t.test('of two who make the Secret at a time one succeeds, and nobody overwrites what he has not seen', async t => {
  const { api, get, put, seen } = await fakeObjects(t)
  const puts = ['a', 'b_1'].map(me => putSecret(api, names, me, { 'ca.crt': base64(me) }, undefined))
  const settled = await Promise.allSettled(puts)
  t.same(new Set(settled.map(({ status }) => status)), new Set(['fulfilled', 'rejected']))
  t.ok(seen.includes(`PATCH ${paths.secret}?fieldManager=b_1&force=false`))
  put(paths.secret, { data: { 'ca.crt': 'YQ==', mine: 'bQ==' } })
  await t.rejects(putSecret(api, names, 'a', { 'ca.crt': 'YQ==' }, '1'), /409/)
  await putSecret(api, names, 'a', { 'ca.crt': base64('new') }, get(paths.secret)?.metadata.resourceVersion)
  t.match(get(paths.secret), { metadata: { name: 'podvault-ca' }, data: { 'ca.crt': base64('new'), mine: 'bQ==' } })
})

t.test('the caBundle of every webhook is written, if nobody was faster', async t => {
  const { api, get, put, written } = await fakeObjects(t)
  put(paths.mutating, { webhooks: [...webhooks, ...webhooks] })
  const [registration] = await seeRegistrations(api, 'podvault')
  if (registration === undefined) throw new Error('no registration')
  await putCaBundle(api, 'podvault', registration, 'pem')
  const clientConfig = { service: { name: 'podvault', namespace: 'team' }, caBundle: base64('pem') }
  t.match(get(paths.mutating), { webhooks: [{ name: 'pods.podvault.dev', clientConfig }, { clientConfig }] })
  t.equal(written[0]?.type, 'application/json-patch+json')
  await t.rejects(putCaBundle(api, 'podvault', registration, 'other'), /409/)
})

t.test('a watch tells of each change until it is stopped', async t => {
  const { api, put, seen } = await fakeObjects(t)
  const stop = new AbortController()
  let changes = 0
  const ended = watchRegistration(api, 'MutatingWebhookConfiguration', 'podvault', stop.signal, () => (changes += 1))
  await until(() => seen.length === 1)
  t.match(seen, [/watch=1&fieldSelector=metadata.name%3Dpodvault&timeoutSeconds=300$/])
  for (const goal of [1, 2]) {
    put(paths.mutating, { webhooks })
    await until(() => changes === goal)
  }
  stop.abort()
  await t.rejects(ended)
})

t.test('the API server ends a watch after some minutes', async t => {
  const { api } = await fakeCluster(t, (_request, response) => response.end('{"type":"ADDED"}\n'))
  let changes = 0
  const { signal } = new AbortController()
  await watchRegistration(api, 'MutatingWebhookConfiguration', 'podvault', signal, () => (changes += 1))
  t.equal(changes, 1)
})
