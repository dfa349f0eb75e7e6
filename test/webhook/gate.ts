import { writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { createLog } from '../../src/log.ts'
import { type ClientAuth, createGate } from '../../src/webhook/gate.ts'
import { fakeCluster, until } from '../fixtures/api-server.ts'
import { clientsIn } from '../fixtures/clients.ts'
import { discovery, signer } from '../fixtures/tokens.ts'

const auth: ClientAuth = { mode: 'require', names: ['api-server'], caFile: undefined, audiences: [] }

const gateOf = async (t: Test, change: Partial<ClientAuth>, api?: Awaited<ReturnType<typeof fakeCluster>>['api']) => {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const stream = new PassThrough()
  const clock = { now: 0 }
  const counted: boolean[] = []
  const gate = await createGate(
    { ...auth, ...change },
    {
      api,
      log: createLog(stream),
      keeping: { every: 1, stop: stop.signal },
      clock: () => clock.now,
      count: isKnown => counted.push(isKnown),
    },
  )
  const logged = (): readonly string[] =>
    String(stream.read() ?? '').match(/a caller that nobody knows was [^:]+/g) ?? []
  return { gate, stop, clock, counted, logged }
}

const from = (name?: string, authorization?: string): IncomingMessage => {
  const peer = name === undefined ? {} : { subject: { CN: name } }
  const socket = { authorized: true, getPeerCertificate: () => peer, remoteAddress: '10.0.0.9' }
  return { socket, headers: { authorization } } as unknown as IncomingMessage
}

t.test('require sends away whom it does not know, and says so once a minute', async t => {
  const { caFile, ca } = clientsIn(t.testdir())
  const { gate, clock, counted, logged } = await gateOf(t, { caFile })
  t.equal(gate.authority?.current(), ca)
  t.equal(gate.missing(), undefined)
  t.equal(await gate.check(from('api-server')), undefined)
  t.same(logged(), [])
  t.equal(await gate.check(from()), 'podvault answers only whom it knows: there is no certificate')
  t.match(await gate.check(from('kubelet')), /"kubelet" is not in --client-names/)
  t.same(logged(), ['a caller that nobody knows was sent away'])
  clock.now += 60_000
  await gate.check(from())
  t.equal(logged().length, 1)
  t.same(counted, [true, false, false, false])
  await gate.run()
})

t.test('warn answers everybody', async t => {
  const { caFile } = clientsIn(t.testdir())
  const { gate, counted, logged } = await gateOf(t, { caFile, mode: 'warn' })
  t.equal(await gate.check(from()), undefined)
  t.same(counted, [false])
  t.same(logged(), ['a caller that nobody knows was answered all the same'])
})

t.test('tokens are verified with the keys of the cluster, and it is not ready without', async t => {
  const one = await signer('one')
  let isAnswering = false
  const { api } = await fakeCluster(t, (request, response) =>
    isAnswering ? discovery(() => [one.jwk])(request, response) : response.writeHead(503).end(),
  )
  const { gate, stop } = await gateOf(t, { audiences: ['webhook'] }, api)
  t.equal(gate.authority, undefined)
  t.match(gate.missing(), /^the keys that tokens of callers are verified with: they have not been read yet$/)
  const { gate: warning } = await gateOf(t, { audiences: ['webhook'], mode: 'warn' }, api)
  t.equal(warning.missing(), undefined, 'it answers all the same')
  isAnswering = true
  const ended = gate.run()
  await until(() => gate.missing() === undefined)
  t.equal(await gate.check(from(undefined, `Bearer ${await one.token({})}`)), undefined)
  t.match(await gate.check(from(undefined, 'Bearer hunter2')), /the token is not valid/)
  stop.abort()
  await ended
})

t.test('the file of the authority may change, and must be one', async t => {
  const dir = t.testdir()
  const [one, other] = [clientsIn(dir, 'one'), clientsIn(dir, 'other')]
  const { gate } = await gateOf(t, { caFile: one.caFile })
  t.equal(gate.authority?.renewed(), undefined)
  writeFileSync(one.caFile, other.ca)
  t.equal(gate.authority?.renewed(), other.ca)
  t.equal(gate.authority?.current(), other.ca)
  for (const text of ['hunter2', '-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n']) {
    writeFileSync(one.caFile, text)
    t.throws(() => gate.authority?.renewed(), {
      code: 'failed',
      message: /^the file of --client-ca-file cannot be used/,
    })
  }
  await t.rejects(gateOf(t, { caFile: `${dir}/none` }), { message: /ENOENT/ })
})

t.test('tokens need a cluster', async t => {
  await t.rejects(gateOf(t, { audiences: ['webhook'] }), {
    code: 'usage',
    message: /--client-audience needs a cluster/,
  })
})
