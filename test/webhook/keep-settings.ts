import { PassThrough } from 'node:stream'
import t from 'tap'
import { createLog } from '../../src/log.ts'
import { readConfig, type WebhookConfig } from '../../src/webhook/config.ts'
import { liveSettings } from '../../src/webhook/keep-settings.ts'

const surroundings = { kubernetes: { major: 1, minor: 36 }, configMap: () => new Map() }

/** Offers these one after the other; errors are thrown. */
const offering = async (...offers: readonly (WebhookConfig | Error)[]) => {
  const stop = new AbortController()
  const stream = new PassThrough()
  const left = [...offers]
  const source = {
    current: () => readConfig({ image: 'first' }, {}),
    renewed: () => {
      if (left.length === 1) stop.abort()
      const offer = left.shift()
      if (offer instanceof Error) throw offer
      return offer
    },
  }
  const reloads: boolean[] = []
  const live = liveSettings(source, surroundings, createLog(stream), isGood => reloads.push(isGood))
  const before = live.current()
  await live.run({ every: 0, stop: stop.signal })
  const logged = String(stream.read() ?? '')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
    .map(({ level, msg }) => `${level} ${msg}`)
  return { before, after: live.current(), reloads, logged }
}

t.test('a new file holds from the next review on, with what only the cluster knows', async t => {
  const { before, after, reloads, logged } = await offering(readConfig({ image: 'second' }, {}))
  t.match(before, { image: 'first', ...surroundings })
  t.match(after, { image: 'second', ...surroundings })
  t.equal(after.configMap, surroundings.configMap)
  t.same(reloads, [true])
  t.same(logged, ['info the configuration has changed, and holds from the next review on'])
})

t.test('a file that cannot be used leaves everything as it is', async t => {
  const { before, after, reloads, logged } = await offering(new Error('config.yaml:1:1: wrong'))
  t.equal(after, before)
  t.same(reloads, [false])
  t.same(logged, ['error config.yaml:1:1: wrong; the settings from before stay in use'])
})

t.test('what holds until the end of the process wants a restart, and says so', async t => {
  const { after, logged } = await offering(readConfig({ image: 'second', listen: ':1', 'tls-min-version': '1.2' }, {}))
  t.equal(after.image, 'second')
  t.match(logged[1], /^warn changed in the operator's file, but holds after a restart only: listen, tls-min-version$/)
})

t.test('what is to be said at start is said once', async t => {
  const stream = new PassThrough()
  const variables = { inherited: {}, server: {}, notes: ['AGENT_INJECT_X means nothing here'], problems: [] }
  const source = { current: () => readConfig({}, {}, variables), renewed: () => readConfig({}, {}, variables) }
  const stop = new AbortController()
  const live = liveSettings(source, surroundings, createLog(stream), () => stop.abort())
  await live.run({ every: 0, stop: stop.signal })
  t.equal(String(stream.read()).match(/AGENT_INJECT_X means nothing here/g)?.length, 1)
})
