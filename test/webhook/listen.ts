import { once } from 'node:events'
import https from 'node:https'
import { connect } from 'node:net'
import t from 'tap'
import { drain, listen, placeOf } from '../../src/webhook/listen.ts'
import { makeCertificates } from '../../src/webhook/make-certificates.ts'

const { cert, key } = makeCertificates(['127.0.0.1'], new Date(), 1)
const patient = { idle: 60_000, busy: 60_000 }

t.test('says where it listens', async t => {
  const server = https.createServer({ cert, key })
  t.teardown(() => server.close())
  t.match(await listen(server, { host: '127.0.0.1', port: 0 }), /^127\.0\.0\.1:\d+$/)
})

t.test('without a host it is every address of the machine', async t => {
  const server = https.createServer({ cert, key })
  t.teardown(() => server.close())
  const address = await listen(server, { port: 0 })
  t.match(address, /^(\[::\]|0\.0\.0\.0):\d+$/)
  const socket = connect(Number(address.split(':').at(-1)), '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
})

t.test('writes addresses as URLs have them', async t => {
  t.equal(placeOf({ address: '::1', family: 'IPv6', port: 1 }), '[::1]:1')
  t.equal(placeOf({ address: '10.0.0.1', family: 'IPv4', port: 1 }), '10.0.0.1:1')
})

t.test('a port that is taken is a sentence', async t => {
  const server = https.createServer({ cert, key })
  t.teardown(() => server.close())
  const port = Number((await listen(server, { host: '127.0.0.1', port: 0 })).split(':')[1])
  await t.rejects(listen(https.createServer({ cert, key }), { host: '127.0.0.1', port }), {
    code: 'failed',
    message: new RegExp(`^cannot listen on 127.0.0.1:${port}: .*EADDRINUSE`),
  })
  await t.rejects(listen(https.createServer({ cert, key }), { port }), { message: /^cannot listen on :/ })
})

t.test('drains at once where nobody is connected', async t => {
  const server = https.createServer({ cert, key })
  await listen(server, { host: '127.0.0.1', port: 0 })
  await drain(server, patient)
  t.notOk(server.listening)
})

t.test('a request under way is answered before the end, and nothing comes after it', async t => {
  const got = Promise.withResolvers<() => void>()
  const server = https.createServer({ cert, key }, (_request, response) => {
    got.resolve(() => response.setHeader('connection', 'close').end('answer'))
  })
  const port = Number((await listen(server, { host: '127.0.0.1', port: 0 })).split(':')[1])
  const request = https.get({ port, host: '127.0.0.1', rejectUnauthorized: false })
  const answer = await got.promise
  const drained = drain(server, { idle: 0, busy: 60_000 })
  answer()
  const [response] = await once(request, 'response')
  t.equal(response.statusCode, 200)
  response.resume()
  await drained
  await t.rejects(once(connect(port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' })
})

t.test('connections that are open may go on asking for a while', async t => {
  const server = https.createServer({ cert, key })
  const port = Number((await listen(server, { host: '127.0.0.1', port: 0 })).split(':')[1])
  const connected = once(server, 'connection')
  const socket = connect(port, '127.0.0.1')
  await connected
  const drained = drain(server, patient)
  // The drain has looked at the connections by now, and waits.
  await new Promise(resolve => server.getConnections(resolve))
  t.ok(server.listening)
  socket.destroy()
  await drained
  t.notOk(server.listening)
})

t.test('a request that never ends does not keep the process', async t => {
  const got = Promise.withResolvers<void>()
  const server = https.createServer({ cert, key }, () => got.resolve())
  const port = Number((await listen(server, { host: '127.0.0.1', port: 0 })).split(':')[1])
  const request = https.get({ port, host: '127.0.0.1', rejectUnauthorized: false })
  const failed = t.rejects(once(request, 'response'), { code: 'ECONNRESET' })
  await got.promise
  await drain(server, { idle: 0, busy: 1 })
  await failed
})
