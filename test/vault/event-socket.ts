import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Connection } from '../../src/vault/client.ts'
import { subscribe } from '../../src/vault/event-socket.ts'
import { selfSigned } from '../fixtures/certificates.ts'
import { type EventServer, startEvents } from '../fixtures/event-server.ts'

const limits = { handshake: 2000, heartbeat: 60_000, bytes: 2000 }

/** Listens until the connection ends: what was heard, and a way to end it. */
const listening = (connection: Connection, more: Partial<typeof limits> = {}) => {
  const heard: string[] = []
  const stop = new AbortController()
  const open = Promise.withResolvers<void>()
  const some = Promise.withResolvers<string>()
  const message = (text: string) => {
    heard.push(text)
    some.resolve(text)
  }
  const subscription = { token: 's.token', events: 'kv*', signal: stop.signal, opened: open.resolve, message }
  const ended = subscribe(connection, subscription, { ...limits, ...more })
  return { heard, stop, ended, opened: open.promise, some: some.promise }
}
const only = ({ clients: [client] }: EventServer) => {
  if (client === undefined) throw new Error('nobody is connected')
  return client
}

t.test('asks for events with the token and the namespace, and hears them as text or bytes', async t => {
  const server = await startEvents(t)
  const { heard, stop, ended, opened, some } = listening({ address: server.address, namespace: 'team-a' })
  await opened
  t.match(server.asked, [
    {
      url: '/v1/sys/events/subscribe/kv*?json=true',
      headers: { 'x-vault-token': 's.token', 'x-vault-namespace': 'team-a', 'x-vault-request': 'true' },
    },
  ])
  t.equal(server.asked[0]?.headers['sec-websocket-extensions'], undefined, 'no compression, which costs memory')
  server.send('first')
  server.send(Buffer.from('{"second":"ä"}'))
  await some
  only(server).close(1001, 'stepping down')
  t.match(await ended, { kind: 'network', reason: 'the connection was closed with code 1001 stepping down' })
  t.strictSame(heard, ['first', '{"second":"ä"}'])
  stop.abort()
})

t.test('over TLS it believes whom the client believes', async t => {
  const https = await selfSigned('vault.test')
  const server = await startEvents(t, https)
  const { address } = server
  const good = listening({ address, ca: https.cert, tlsServerName: 'vault.test' })
  await good.opened
  good.stop.abort()
  t.match(await good.ended, { kind: 'network' })
  const caFile = join(t.testdir(), 'ca.crt')
  writeFileSync(caFile, https.cert)
  const fromFile = listening({ address, caFile, tlsServerName: 'vault.test' })
  await fromFile.opened
  fromFile.stop.abort()
  await fromFile.ended
  const skipping = listening({ address, tlsSkipVerify: true })
  await skipping.opened
  skipping.stop.abort()
  await skipping.ended
  t.match(await listening({ address }).ended, { kind: 'network', reason: /self-signed certificate/ })
  t.match(await listening({ address, ca: https.cert }).ended, { kind: 'network', reason: /does not match/ })
  t.equal(server.clients.size, 0)
})

t.test('a refusal is told as any other of Vault’s', async t => {
  const server = await startEvents(t)
  const refused = async (refusal: Parameters<typeof server.refuse>[0]) => {
    server.refuse(refusal)
    return listening({ address: server.address }).ended
  }
  t.match(await refused({ status: 404, body: { errors: ['1 error occurred:\n\t* unsupported path\n\n'] } }), {
    kind: 'status',
    status: 404,
    errors: ['1 error occurred: * unsupported path'],
  })
  t.match(await refused({ status: 403, body: { errors: ['permission denied'] } }), { status: 403 })
  t.match(await refused({ status: 503, headers: { 'Retry-After': '7' } }), { status: 503, retryAfter: '7' })
  t.match(await refused({ status: 307, headers: { Location: 'http://elsewhere/' } }), { kind: 'status', status: 307 })
  t.match(await refused({ status: 200, body: { data: {} } }), { kind: 'unusable', reason: /no connection for events/ })
  t.match(await refused({ status: 400, body: 'x'.repeat(100_000) }), { kind: 'status', status: 400, errors: [] })
  t.equal(server.asked.length, 6, 'none of them was followed or tried again')
})

t.test('a Vault that is not there is a failure like any other', async t => {
  t.match(await listening({ address: 'http://127.0.0.1:1' }).ended, { kind: 'network', reason: /ECONNREFUSED/ })
})

t.test('a frame larger than any event, or one that is none, ends the connection', async t => {
  const server = await startEvents(t)
  const huge = listening({ address: server.address })
  await huge.opened
  server.send('x'.repeat(limits.bytes + 1))
  t.match(await huge.ended, { kind: 'network', reason: 'Max payload size exceeded' })
  t.strictSame(huge.heard, [])
  const junk = listening({ address: server.address })
  await junk.opened
  server.raw.at(-1)?.write(Buffer.from([0xff, 0xff, 0xff, 0xff]))
  t.match(await junk.ended, { kind: 'network', reason: /Invalid WebSocket frame/ })
  const cut = listening({ address: server.address })
  await cut.opened
  server.raw.at(-1)?.destroy()
  t.match(await cut.ended, { kind: 'network', reason: 'the connection was closed with code 1006' })
  const invalid = listening({ address: server.address })
  await invalid.opened
  server.raw.at(-1)?.write(Buffer.from([0x81, 0x02, 0xff, 0xfe]))
  t.match(await invalid.ended, { kind: 'network', reason: /invalid UTF-8/i })
})

t.test('every code that a server closes with is told', async t => {
  const server = await startEvents(t)
  for (const code of [1000, 1008, 1011, 1012, 4000]) {
    const { opened, ended } = listening({ address: server.address })
    await opened
    only(server).close(code, 'a\nb')
    t.match(await ended, { kind: 'network', reason: `the connection was closed with code ${code} a b` })
    await new Promise(resolve => setImmediate(resolve))
  }
})

t.test('a connection that has died without a word is noticed; one that answers stays', async t => {
  const server = await startEvents(t)
  const { opened, ended, stop } = listening({ address: server.address }, { heartbeat: 20 })
  await opened
  let pongs = 0
  const client = only(server)
  await new Promise<void>(resolve => {
    client.on('ping', () => {
      pongs += 1
      if (pongs === 3) resolve()
    })
  })
  t.equal(client.readyState, client.OPEN)
  server.raw[0]?.pause()
  t.match(await ended, { kind: 'network', reason: /code 1006/ })
  stop.abort()
})

t.test('a server that takes the connection and says nothing is given up', async t => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const silent = listening({ address }, { handshake: 50, heartbeat: 10 })
  t.match(await silent.ended, { kind: 'network', reason: 'Opening handshake has timed out' })
  const stopped = listening({ address })
  stopped.stop.abort()
  t.match(await stopped.ended, { kind: 'network', reason: /closed before/ })
})
