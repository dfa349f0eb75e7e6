import { once } from 'node:events'
import { Agent, createServer, get } from 'node:http'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { boundConnections } from '../../src/webhook/connections.ts'
import { listen } from '../../src/webhook/listen.ts'
import { tcpClient } from '../fixtures/hostile-clients.ts'

const serve = async (t: Test, most: number) => {
  const server = createServer((_request, response) => response.end('here'))
  boundConnections(server, most)
  const port = Number((await listen(server, { host: '127.0.0.1', port: 0 })).split(':')[1])
  t.teardown(() => server[Symbol.asyncDispose]())
  const held = (): Promise<number> => new Promise(resolve => server.getConnections((_, count) => resolve(count)))
  const ask = async (agent: Agent) => text((await once(get({ host: '127.0.0.1', port, agent }), 'response'))[0])
  return { port, held, ask, open: () => tcpClient(port) }
}

t.test('the oldest connection makes room for a new one', async t => {
  const { open, held } = await serve(t, 2)
  const clients = [await open(), await open(), await open()]
  await clients[0]?.closed
  t.same(
    clients.map(({ socket }) => socket.destroyed),
    [true, false, false],
  )
  t.equal(await held(), 2)
  for (const { socket } of clients) socket.destroy()
})

t.test('one that has asked since is not the oldest any more', async t => {
  const { open, ask } = await serve(t, 2)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.equal(await ask(agent), 'here')
  const second = await open()
  t.equal(await ask(agent), 'here')
  const third = await open()
  await second.closed
  t.equal(await ask(agent), 'here')
  t.equal(Object.values(agent.freeSockets).flat().length, 1, 'on the same connection')
  third.socket.destroy()
  agent.destroy()
})

t.test('a request that is under way when its connection goes leaves nothing behind', async t => {
  const responses: (() => void)[] = []
  const server = createServer((_request, response) => responses.push(() => response.end('late')))
  boundConnections(server, 1)
  const port = Number((await listen(server, { host: '127.0.0.1', port: 0 })).split(':')[1])
  t.teardown(() => server[Symbol.asyncDispose]())
  const asking = await tcpClient(port)
  asking.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n')
  while (responses.length < 1) await new Promise(resolve => setTimeout(resolve, 1))
  const other = await tcpClient(port)
  await asking.closed
  for (const respond of responses) respond()
  t.notOk(other.socket.destroyed)
  other.socket.destroy()
})
