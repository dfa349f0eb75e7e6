import { PassThrough } from 'node:stream'
import { json as jsonOf } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createLog } from '../../src/log.ts'
import { createRecorder, type EventResult, type Notice } from '../../src/webhook/events.ts'
import { type Answer, fakeCluster, json, until } from '../fixtures/api-server.ts'

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-6d4cf', uid: 'b9d9f8a1' }
const notice: Notice = { namespace: 'shop', owner, reason: 'bad-value', message: 'what is wrong' }
const ownedBy = (uid: string, namespace = 'shop'): Notice => ({ ...notice, namespace, owner: { ...owner, uid } })

const recording = async (t: Test, answer: Answer) => {
  const { api, seen } = await fakeCluster(t, answer)
  const stream = new PassThrough()
  const results: EventResult[] = []
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') }
  const record = createRecorder({
    api,
    log: createLog(stream),
    now: () => new Date(clock.now),
    count: result => void results.push(result),
  })
  const logged = (): readonly string[] =>
    String(stream.read() ?? '')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line).msg)
  return { record, results, clock, logged, seen }
}

const taking: Answer = (_request, response) => json(response, 201, {})

t.test('tells the owner in the words of the denial, as kubectl describe shows it', async t => {
  const sent: unknown[] = []
  const { record, results, seen } = await recording(t, async (request, response) => {
    sent.push(await jsonOf(request))
    json(response, 201, {})
  })
  record(notice)
  await until(() => results.length === 1)
  t.same(results, ['sent'])
  t.same(seen, ['POST /api/v1/namespaces/shop/events'])
  t.same(sent, [
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'shop', generateName: 'web-6d4cf.' },
      involvedObject: { ...owner, namespace: 'shop' },
      type: 'Warning',
      reason: 'BadValue',
      message: 'what is wrong',
      source: { component: 'podvault' },
      reportingComponent: 'podvault',
      firstTimestamp: '2026-01-01T00:00:00.000Z',
      lastTimestamp: '2026-01-01T00:00:00.000Z',
      count: 1,
    },
  ])
})

t.test('an owner hears the same reason once in five minutes', async t => {
  const { record, results, clock } = await recording(t, taking)
  record(notice)
  record({ ...notice, message: 'in other words' })
  t.same(results, ['repeated'])
  record({ ...notice, reason: 'not-allowed' })
  record(ownedBy('another'))
  await until(() => results.length === 4)
  clock.now += 299_999
  record(notice)
  t.equal(results.at(-1), 'repeated')
  clock.now += 1
  record(notice)
  await until(() => results.length === 6)
  t.same(results.filter(result => result === 'sent').length, 4)
})

t.test('the next event says how often it was so since the last one', async t => {
  const sent: { readonly count: number; readonly firstTimestamp: string; readonly lastTimestamp: string }[] = []
  const { record, results, clock } = await recording(t, async (request, response) => {
    sent.push((await jsonOf(request)) as (typeof sent)[number])
    json(response, 201, {})
  })
  const at = (minutes: number): void => {
    clock.now = Date.parse('2026-01-01T00:00:00Z') + minutes * 60_000
    record(notice)
  }
  for (const minutes of [0, 1, 2, 4, 6, 12]) {
    const before = results.length
    at(minutes)
    await until(() => results.length > before)
  }
  t.same(
    sent.map(({ count, firstTimestamp, lastTimestamp }) => [
      count,
      firstTimestamp.slice(14, 16),
      lastTimestamp.slice(14, 16),
    ]),
    [
      [1, '00', '00'],
      [4, '01', '06'],
      [1, '12', '12'],
    ],
  )
})

t.test('a slow API server gets a few at once; the others are dropped, and may come again', async t => {
  const waiting: (() => void)[] = []
  const { record, results, logged } = await recording(t, (_request, response) =>
    waiting.push(() => json(response, 201, {})),
  )
  for (let index = 0; index < 20; index += 1) record(ownedBy(`${index}`))
  await until(() => waiting.length === 8)
  t.same(
    results,
    Array.from({ length: 12 }, () => 'dropped'),
  )
  for (const go of waiting) go()
  await until(() => results.length === 20)
  record(ownedBy('19'))
  await until(() => waiting.length === 9)
  waiting[8]?.()
  await until(() => results.length === 21)
  t.same(
    results.slice(12),
    Array.from({ length: 9 }, () => 'sent'),
  )
  for (let index = 100; index < 120; index += 1) record(ownedBy(`${index}`))
  await until(() => waiting.length === 17)
  t.equal(results.length, 33, 'and so again')
  t.same(logged(), [])
})

t.test('there is an end to them, for a namespace and for all', async t => {
  const { record, results, clock } = await recording(t, taking)
  const sent = () => results.filter(result => result === 'sent').length
  const tell = async (namespace: string, owners: number) => {
    for (let index = 0; index < owners; index += 1) {
      const before = results.length
      record(ownedBy(`${namespace}-${index}`, namespace))
      await until(() => results.length > before)
    }
  }
  await tell('loud', 150)
  t.equal(sent(), 100)
  for (let namespace = 0; namespace < 10; namespace += 1) await tell(`n-${namespace}`, 95)
  t.equal(sent(), 1000)
  clock.now += 300_000
  await tell('loud', 1)
  t.equal(sent(), 1001)
})

t.test('what fails is told once; what may pass may be said again, what is refused not', async t => {
  const answers = [500, 500, 403, 201]
  const { record, results, logged } = await recording(t, (_request, response) =>
    json(response, answers.shift() ?? 201, { message: 'not now' }),
  )
  for (let count = 1; count <= 3; count += 1) {
    record(notice)
    await until(() => results.length === count)
  }
  record(notice)
  t.same(results, ['failed', 'failed', 'failed', 'repeated'])
  t.same(logged(), ['an event could not be sent: not now'])
})

t.test('an API server that cannot be reached is no reason to throw', async t => {
  const { record, results } = await recording(t, (_request, response) => void response.destroy())
  record(notice)
  await until(() => results.length === 1)
  t.same(results, ['failed'])
})
