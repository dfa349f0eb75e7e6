import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { createLog } from '../../src/log.ts'
import { leaseLife, leasePeriod } from '../../src/webhook/election.ts'
import { createLeadership } from '../../src/webhook/leadership.ts'
import { type FakeObjects, fakeObjects, names, paths } from '../fixtures/objects.ts'

const candidates = async (t: Test) => {
  const cluster = await fakeObjects(t)
  const clock = { now: 1_000_000 }
  const stream = new PassThrough()
  const candidate = (me: string, { api }: Pick<FakeObjects, 'api'> = cluster) =>
    createLeadership({ api, names, me, log: createLog(stream), clock: () => clock.now })
  const leaders = (): readonly string[] =>
    String(stream.read() ?? '')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line).me)
  return { ...cluster, clock, candidate, leaders }
}

t.test('one leads and says so every few seconds; another follows, and leads when it hears nothing more', async t => {
  const { candidate, clock, written, leaders } = await candidates(t)
  const [a, b] = [candidate('a'), candidate('b')]
  t.same([a.isLeader(), await a.lead(), await b.lead()], [false, true, false])
  t.same([a.isLeader(), b.isLeader()], [true, false])
  t.same([a.hasLeader(), b.hasLeader(), candidate('c').hasLeader()], [true, true, false])
  t.equal(await a.lead(), true)
  t.equal(written.length, 1, 'nothing to be said yet')
  clock.now += leasePeriod
  t.same([await a.lead(), await b.lead()], [true, false])
  t.equal(written.length, 2)
  clock.now += leaseLife
  t.equal(await b.lead(), false)
  t.equal(a.isLeader(), false, 'whoever is silent for too long does not take itself for the leader')
  clock.now += 1
  t.equal(b.hasLeader(), false, 'nobody is seen to lead')
  t.equal(await b.lead(), true)
  t.equal(b.hasLeader(), true)
  t.equal(await a.lead(), false)
  t.same(leaders(), ['a', 'b'])
})

t.test('of all who start at once one leads', async t => {
  const { candidate, leaders } = await candidates(t)
  const all = await Promise.all(['a', 'b', 'c'].map(async me => candidate(me).lead()))
  t.equal(all.filter(leads => leads).length, 1)
  t.equal(leaders().length, 1)
})

t.test('an update that comes too late is no leadership', async t => {
  const { candidate, refuse } = await candidates(t)
  refuse(/PUT/, 409)
  t.equal(await candidate('a').lead(), false)
  refuse(/PUT/, 403)
  await t.rejects(candidate('a').lead(), /not now/)
})

t.test('who steps down lets another lead at once; nobody else steps down', async t => {
  const { candidate, get, refuse } = await candidates(t)
  const [a, b, c] = [candidate('a'), candidate('b'), candidate('c')]
  await a.lead()
  await b.stepDown()
  t.match(get(paths.lease), { spec: { holderIdentity: 'a' } })
  await a.stepDown()
  t.match(get(paths.lease), { spec: { holderIdentity: '' } })
  t.equal(a.hasLeader(), false)
  t.same([a.isLeader(), await b.lead(), await c.lead()], [false, true, false])
  refuse(/PUT/, 500)
  await b.stepDown()
  t.equal(b.isLeader(), false)
})
