import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { createLog } from '../../src/log.ts'
import { act } from '../../src/webhook/act.ts'
import { see } from '../../src/webhook/objects.ts'
import { lifeOf, readTrust, type SecretData } from '../../src/webhook/trust.ts'
import { authority, lives, start } from '../fixtures/authorities.ts'
import { fakeObjects, names, paths, webhooks } from '../fixtures/objects.ts'

const acting = async (t: Test) => {
  const cluster = await fakeObjects(t)
  const stream = new PassThrough()
  const actor = { api: cluster.api, names, lives, me: 'a', log: createLog(stream) }
  return { ...cluster, actor, look: async () => see(cluster.api, names), logged: () => String(stream.read() ?? '') }
}
const former = [{ cert: authority().cert, until: start }]

t.test('a new authority is stored with those before it, and its key is in no log', async t => {
  const { actor, look, get, logged, api } = await acting(t)
  await act({ kind: 'replace-authority', why: 'there is no Secret', former }, actor, await look())
  const trust = readTrust(get(paths.secret)?.['data'] as SecretData)
  if (typeof trust === 'string') throw new Error(trust)
  t.same(trust.former, former)
  const { madeAt, notAfter } = lifeOf(trust.current.cert)
  t.equal(notAfter - madeAt, lives.authority)
  t.ok(Math.abs(madeAt - api.now().getTime()) < 60_000)
  const text = logged()
  t.match(text, /"former":1,"msg":"the Secret podvault-ca has a new authority: there is no Secret"/)
  t.notMatch(text, 'PRIVATE')
})

t.test('an authority that cannot be used is replaced', async t => {
  const { actor, look, get, put } = await acting(t)
  put(paths.secret, { data: { 'ca.key': 'YQ==', mine: 'bQ==' } })
  await act({ kind: 'replace-authority', why: 'it has no ca.crt', former }, actor, await look())
  const data = get(paths.secret)?.['data'] as SecretData
  t.match(readTrust(data), { former })
  t.equal(data['mine'], 'bQ==', 'what others keep there stays')
})

t.test('nothing is written over what somebody else has written meanwhile', async t => {
  const { actor, look, put } = await acting(t)
  const before = await look()
  put(paths.secret, { data: {} })
  await t.rejects(act({ kind: 'replace-authority', why: '', former }, actor, before), /409/)
})

t.test('a caBundle is written', async t => {
  const { actor, look, put, get, logged } = await acting(t)
  put(paths.mutating, { webhooks })
  const seen = await look()
  const [registration] = seen.registrations
  if (registration === undefined) throw new Error('no registration')
  await act({ kind: 'register', registration, caBundle: 'pem' }, actor, seen)
  t.match(get(paths.mutating), { webhooks: [{ clientConfig: { caBundle: 'cGVt' } }] })
  t.match(logged(), 'the caBundle of MutatingWebhookConfiguration podvault has been written')
})
