import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { createLog } from '../../src/log.ts'
import { createTokenKeys } from '../../src/webhook/token-keys.ts'
import { type Answer, fakeCluster, json, until } from '../fixtures/api-server.ts'
import { discovery, signer } from '../fixtures/tokens.ts'

const keysOf = async (t: Test, answer: Answer) => {
  const { api, seen } = await fakeCluster(t, answer)
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const stream = new PassThrough()
  const sleeps: number[] = []
  let wake = (): void => undefined
  const sleep = async (milliseconds: number): Promise<void> => {
    sleeps.push(milliseconds)
    await new Promise<void>(resolve => {
      wake = resolve
      stop.signal.addEventListener('abort', () => resolve())
    })
  }
  const alarm = { sleep, call: () => wake() }
  const keys = createTokenKeys({
    api,
    audiences: ['other', 'webhook'],
    log: createLog(stream),
    stop: stop.signal,
    alarm,
  })
  const ended = keys.run()
  await until(() => sleeps.length === 1)
  return { keys, sleeps, seen, wake: () => wake(), stop, ended, logged: () => String(stream.read() ?? '') }
}

t.test('a token of the cluster says who it is of', async t => {
  const one = await signer('one')
  const { keys, sleeps, stop, ended } = await keysOf(
    t,
    discovery(() => [one.jwk]),
  )
  t.same(sleeps, [5 * 60_000])
  t.equal(keys.problem(), undefined)
  t.equal(await keys.subjectOf(await one.token({})), 'api-server')
  t.equal(await keys.subjectOf(await one.token({ aud: ['x', 'other'] })), 'api-server')
  stop.abort()
  await ended
})

t.test('a token that was made for others, by others or too long ago is none', async t => {
  const [one, other] = [await signer('one'), await signer('one')]
  const { keys } = await keysOf(
    t,
    discovery(() => [one.jwk]),
  )
  const now = Math.floor(Date.now() / 1000)
  const bad: readonly (readonly [string, RegExp])[] = [
    [await one.token({ aud: 'vault' }), /"aud"/],
    [await one.token({ iss: 'https://example.com' }), /"iss"/],
    [await one.token({ exp: now - 60 }), /"exp"/],
    [await one.token({ nbf: now + 60 }), /"nbf"/],
    [await one.token({ exp: undefined }), /"exp"/],
    [await one.token({ sub: undefined }), /"sub"/],
    [await other.token({}), /signature/],
    ['hunter2', /JWS/],
  ]
  for (const [token, message] of bad) await t.rejects(keys.subjectOf(token), message)
  const unsigned = [{ alg: 'none' }, { iss: 'x' }].map(each => Buffer.from(JSON.stringify(each)).toString('base64url'))
  await t.rejects(keys.subjectOf(`${unsigned.join('.')}.`))
})

t.test('a key that is not known yet is looked for', async t => {
  const [one, two] = [await signer('one'), await signer('two', 'RS256')]
  const published = [one.jwk]
  const { keys, sleeps } = await keysOf(
    t,
    discovery(() => published),
  )
  published.push(two.jwk)
  const token = await two.token({})
  await t.rejects(keys.subjectOf(token))
  await until(() => sleeps.length === 2)
  t.equal(await keys.subjectOf(token), 'api-server')
})

t.test('without keys no token is valid; that is told once, and tried again', async t => {
  const one = await signer('one')
  let status = 403
  const { keys, sleeps, wake, logged } = await keysOf(t, (request, response) =>
    status === 403 ? json(response, 403, { message: 'forbidden' }) : discovery(() => [one.jwk])(request, response),
  )
  t.equal(keys.problem(), 'forbidden')
  t.match(logged(), 'cannot be read: forbidden')
  await t.rejects(keys.subjectOf(await one.token({})), /no key/)
  wake()
  await until(() => sleeps.length === 2)
  t.same(sleeps, [10_000, 10_000])
  t.equal(logged(), '')
  status = 200
  wake()
  await until(() => sleeps.length === 3)
  t.equal(keys.problem(), undefined)
  t.equal(await keys.subjectOf(await one.token({})), 'api-server')
  status = 403
  wake()
  await until(() => sleeps.length === 4)
  t.equal(keys.problem(), undefined, 'those from before are good')
})
