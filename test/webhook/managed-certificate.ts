import { X509Certificate } from 'node:crypto'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { createLog } from '../../src/log.ts'
import { apiServerIn } from '../../src/webhook/api-server.ts'
import type { Certificate } from '../../src/webhook/certificate.ts'
import { leaseLife } from '../../src/webhook/election.ts'
import { managedCertificate } from '../../src/webhook/managed-certificate.ts'
import { settlingTime } from '../../src/webhook/settle.ts'
import { authoritiesIn } from '../../src/webhook/trust.ts'
import { until } from '../fixtures/api-server.ts'
import { day, lives } from '../fixtures/authorities.ts'
import { fakeObjects, names, paths, webhooks } from '../fixtures/objects.ts'

type Stored = { readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[] }

/** Replicas whose rounds the test calls for one after the other, at a time that it sets. */
const replicasOf = async (t: Test) => {
  const cluster = await fakeObjects(t)
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const clock = { now: 0, wall: Date.parse('2026-01-01T00:00:00Z') }
  const bundle = (): string => {
    const { webhooks } = cluster.get(paths.mutating) as unknown as Stored
    return Buffer.from(webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString()
  }
  const replica = (me: string) => {
    const stream = new PassThrough()
    const shown: Certificate[] = []
    const own = new AbortController()
    const signal = AbortSignal.any([stop.signal, own.signal])
    /** The round that sleeps, and the milliseconds it means to. */
    let sleeping: { readonly end: () => void; readonly milliseconds: number } | undefined
    let isCalled = false
    const sleep = async (milliseconds: number): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>()
      sleeping = { end: resolve, milliseconds }
      signal.addEventListener('abort', () => resolve())
      await promise
      sleeping = undefined
    }
    const api = apiServerIn(cluster.env, cluster.folder, () => new Date(clock.wall))
    if (api === undefined) throw new Error('no cluster')
    const source = managedCertificate({
      // Its clock is the test's, not the one of the server that stands for it.
      api: { ...api, now: () => new Date(clock.wall) },
      names,
      lives,
      hosts: ['localhost'],
      me,
      log: createLog(stream),
      stop: signal,
      clock: () => clock.now,
      random: () => 0,
      alarm: { sleep, call: () => (isCalled = true) },
    })
    const ended = source.run(certificate => shown.push(certificate))
    const asleep = async () => {
      await until(() => sleeping !== undefined)
      return sleeping?.milliseconds
    }
    return {
      source,
      shown,
      asleep,
      round: async (milliseconds = 0) => {
        await asleep()
        clock.now += milliseconds
        clock.wall += milliseconds
        const before = sleeping
        before?.end()
        await until(() => sleeping !== undefined && sleeping !== before)
        return sleeping?.milliseconds
      },
      /** Since the last time that this was asked. */
      isCalled: () => {
        const was = isCalled
        isCalled = false
        return was
      },
      logged: (): readonly string[] =>
        String(stream.read() ?? '')
          .split('\n')
          .filter(line => line !== '')
          .map(line => JSON.parse(line).msg),
      end: async () => {
        own.abort()
        await ended
      },
    }
  }
  return { ...cluster, clock, bundle, replica }
}

const issuedBy = (certificate: Certificate | undefined, authority: string | undefined): boolean =>
  new X509Certificate(certificate?.cert ?? '').checkIssued(new X509Certificate(authority ?? ''))

t.test('from nothing to a certificate that the API server trusts', async t => {
  const { replica, put, bundle, get } = await replicasOf(t)
  put(paths.mutating, { webhooks })
  put(paths.validating, { webhooks })
  const a = replica('a')
  t.match(a.source.status(), { untrusted: 'the API server has not answered yet', authority: { isLeader: false } })
  t.match(new X509Certificate(a.source.current().cert).subjectAltName, 'DNS:localhost', 'something for the probes')
  t.equal(await a.asleep(), 0, 'there is more to do')
  t.match(a.source.status().untrusted, /^there is no authority to make a certificate with: there is no Secret$/)
  t.equal(await a.round(), 0)
  t.equal(authoritiesIn(bundle()).length, 1)
  t.match(get(paths.validating), { webhooks: [{ clientConfig: { caBundle: /^[A-Za-z0-9+/=]+$/ } }] })
  t.equal(await a.round(), settlingTime, 'until every API server has heard of it')
  t.equal(a.shown.length, 0)
  await a.round(settlingTime)
  t.equal(a.shown.length, 1)
  t.equal(a.source.current(), a.shown[0])
  t.ok(issuedBy(a.shown[0], bundle()))
  t.match(new X509Certificate(a.shown[0]?.cert ?? '').subjectAltName, 'DNS:localhost, DNS:podvault.team.svc')
  t.match(a.source.status(), { untrusted: undefined, authority: { isLeader: true, notAfter: Date } })
  t.match(a.logged(), [
    'leads from now on: keeps the authority and the caBundles',
    'the Secret podvault-ca has a new authority: there is no Secret',
    'the caBundle of MutatingWebhookConfiguration podvault has been written',
    'the caBundle of ValidatingWebhookConfiguration podvault has been written',
  ])
  await a.end()
  t.match(get(paths.lease), { spec: { holderIdentity: '' } }, 'another one may lead at once')
})

t.test('a second replica takes the same authority, and need not wait for one that is old', async t => {
  const { replica, put, bundle, clock } = await replicasOf(t)
  put(paths.mutating, { webhooks })
  const a = replica('a')
  for (const _ of [1, 2, 3]) await a.round(settlingTime)
  clock.wall += day
  const b = replica('b')
  await b.asleep()
  t.equal(b.shown.length, 1)
  t.ok(issuedBy(b.shown[0], bundle()))
  t.not(b.shown[0]?.cert, a.shown[0]?.cert, 'with a certificate of its own')
  t.same([a.source.status().authority?.isLeader, b.source.status().authority?.isLeader], [true, false])
  clock.wall += 5.5 * day
  await a.round()
  await b.round()
  t.same([a.shown.length, b.shown.length], [2, 1], 'each is renewed in its own time')
  await a.end()
  await b.round()
  t.equal(b.source.status().authority?.isLeader, true)
})

t.test('the authority is replaced, and the old one trusted until the last leaf of it has ended', async t => {
  const { replica, put, bundle, clock } = await replicasOf(t)
  put(paths.mutating, { webhooks })
  const [a, b] = [replica('a'), replica('b')]
  for (const _ of [1, 2, 3]) for (const each of [a, b]) await each.round(settlingTime)
  const [old = ''] = authoritiesIn(bundle())
  for (let days = 0; days < 60; days += 6) {
    clock.wall += 6 * day
    await b.round()
    await a.round()
  }
  t.equal(b.shown.length, 11)
  await a.round()
  const [next] = authoritiesIn(bundle())
  t.same(authoritiesIn(bundle()), [next, old])
  await b.round()
  t.equal(b.shown.length, 11, 'the old one stays until every API server has heard of the new one')
  t.equal(b.source.status().untrusted, undefined)
  await a.round(settlingTime)
  await b.round()
  t.ok(issuedBy(b.shown.at(-1), next))
  await a.round(10 * day)
  await a.round()
  t.same(authoritiesIn(bundle()), [next])
})

t.test('a caBundle that somebody has changed is put back at once', async t => {
  const { replica, put, bundle, seen, endWatches } = await replicasOf(t)
  put(paths.mutating, { webhooks })
  const a = replica('a')
  for (const _ of [1, 2, 3]) await a.round(settlingTime)
  const before = bundle()
  a.logged()
  await until(() => seen.some(request => request.includes('watch=1')))
  put(paths.mutating, { webhooks })
  await until(a.isCalled)
  await a.round()
  t.equal(bundle(), before)
  t.match(a.logged(), [/^somebody has taken the authority/, /caBundle of MutatingWebhookConfiguration .* written/])
  t.match(a.source.status().untrusted, /caBundle/, 'not seen yet')
  await a.round()
  t.equal(a.source.status().untrusted, undefined)
  t.equal(a.shown.length, 1)
  const watches = () => seen.filter(request => request.includes('watch=1')).length
  t.equal(watches(), 2)
  endWatches()
  while (watches() < 4) await a.round()
})

t.test('while the API server is away all stays as it is, and is told once', async t => {
  const { replica, put, refuse, clock } = await replicasOf(t)
  put(paths.mutating, { webhooks })
  const a = replica('a')
  for (const _ of [1, 2, 3]) await a.round(settlingTime)
  a.logged()
  refuse(/./, 503)
  const waits = [await a.round(), await a.round(), await a.round()]
  t.ok(waits[0] !== undefined && waits[1] !== undefined && waits[0] < waits[1], 'later and later')
  t.equal(a.source.status().untrusted, undefined)
  clock.wall += 6 * day
  await a.round(leaseLife)
  t.equal(a.shown.length, 2, 'its own certificate it can renew all the same')
  t.equal(a.source.status().authority?.isLeader, false)
  t.same(a.logged(), ['the certificates cannot be looked after at the moment: not now'])
  refuse(/./, 0)
  await a.round()
  t.match(a.logged(), [
    'leads from now on: keeps the authority and the caBundles',
    'the certificates are looked after again',
  ])
})

t.test('what it may not do keeps it from being ready, in the words of the API server', async t => {
  const { replica, refuse } = await replicasOf(t)
  refuse(/./, 403)
  const a = replica('a')
  await a.asleep()
  t.match(a.source.status(), { untrusted: 'not now', authority: { notAfter: undefined } })
})

t.test('a conflict is no problem: somebody was faster', async t => {
  const { replica, refuse } = await replicasOf(t)
  refuse(/PATCH/, 409)
  const a = replica('a')
  t.equal(await a.asleep(), 0)
  t.notMatch(a.logged(), ['cannot be looked after'])
  refuse(/PATCH/, 0)
  await a.round()
  t.equal(a.source.status().untrusted, 'there is no MutatingWebhookConfiguration podvault')
})
