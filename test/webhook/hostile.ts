import { readFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import {
  ask,
  type Client,
  hangUp,
  head,
  many,
  meanwhile,
  tcpClient,
  tlsClient,
  trickle,
} from '../fixtures/hostile-clients.ts'
import { reviewOf } from '../fixtures/reviews.ts'
import { startWebhook } from '../fixtures/webhook-process.ts'

/** The heap that a container of 256 MiB gives V8: more than that is the end of the process. */
const program = ['--max-old-space-size=128', '--max-semi-space-size=2', 'src/main.ts', 'webhook']
const settings = ['--vault-address', 'http://vault:8200']
const webhook = await startWebhook(program, settings)
t.teardown(() => webhook[Symbol.asyncDispose]())

const review = JSON.stringify(reviewOf())
const atFirst = await ask(webhook, review).then(() => webhook.descriptors())

/** They wait while the first tests run. */
const [handshakes, metrics] = await Promise.all([
  many(200, () => tcpClient(webhook.port)),
  many(20, () => tcpClient(webhook.metricsPort)),
])
// The beginning of a ClientHello that announces 512 bytes.
for (const { socket } of handshakes) socket.write(Buffer.from('1603010200010001fc0303', 'hex'))
for (const { socket } of metrics) socket.write('GET /metr')
const unfinished = [...handshakes, ...metrics]
const before = webhook.descriptors()

/** Megabytes; the bundle in its container begins with 80 of 256. */
const resident = webhook.resident()
const grown = (): number => webhook.resident() - resident
const most = 170

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await sleep(20)
}

/** Honest reviews are answered all the while, and afterwards nothing is left of the attack. */
const underFire = async (t: Test, attack: () => Promise<unknown>): Promise<void> => {
  const statuses = await meanwhile(webhook, attack())
  t.ok(statuses.length > 0)
  t.same(
    statuses.filter(status => status !== 200),
    [],
  )
  await until(() => webhook.descriptors() <= before)
}

t.test('heads and bodies that come byte by byte keep nobody from being answered', async t => {
  await underFire(t, async () => {
    const clients = await many(100, () => tlsClient(webhook))
    await Promise.all([
      ...clients.slice(0, 50).map(client => trickle(client, head(review.length), 20)),
      ...clients.slice(50).map(client => {
        client.socket.write(head(review.length))
        return trickle(client, review.slice(0, 100), 20)
      }),
    ])
    hangUp(clients)
  })
})

t.test('bodies that never end take all places for two seconds, and then none that somebody needs', async t => {
  const clients = await many(1000, () => tlsClient(webhook))
  for (const { socket } of clients) socket.write(`${head(5)}{`)
  const first = await ask(webhook, review)
  if (first.status !== 200) t.match(first, { status: 503, retryAfter: '1' })
  let last = first
  while (last.status !== 200) last = await ask(webhook, review)
  t.same(await meanwhile(webhook, sleep(500)).then(all => all.filter(status => status !== 200)), [])
  hangUp(clients)
  await until(() => webhook.descriptors() <= before)
})

t.test(
  'a body without a length has the place of the longest, so that no memory can be had by not announcing it',
  async t => {
    const clients = await many(30, () => tlsClient(webhook))
    const chunk = `100000\r\n${' '.repeat(2 ** 20)}\r\n`
    for (const { socket } of clients) socket.write(head('chunked') + chunk.repeat(6))
    await until(() => clients.filter(({ said, socket }) => / 503 /.test(said()) || socket.destroyed).length >= 28)
    t.ok(grown() < most)
    let last = await ask(webhook, review)
    while (last.status !== 200) last = await ask(webhook, review)
    hangUp(clients)
    await until(() => webhook.descriptors() <= before)
  },
)

t.test('who never reads the answers is answered no more, and all others are', async t => {
  await underFire(t, async () => {
    const clients = await many(20, () => tlsClient(webhook))
    for (const { socket } of clients) {
      socket.pause()
      socket.write((head(review.length) + review).repeat(200))
    }
    await sleep(1000)
    hangUp(clients)
  })
})

t.test('requests in one go are answered one after the other, or end with their connection', async t => {
  await underFire(t, async () => {
    const [some, flood] = await many(2, () => tlsClient(webhook))
    some?.socket.write((head(review.length) + review).repeat(20))
    flood?.socket.write((head(review.length) + review).repeat(5000))
    const answers = (client?: Client): number => (client?.said() ?? '').split('HTTP/1.1 200 OK').length - 1
    await until(() => answers(some) === 20)
    await until(() => answers(flood) === 5000 || flood?.socket.destroyed === true)
    some?.socket.destroy()
  })
})

t.test('handshakes that never end are given up after ten seconds, and so is half a request for metrics', async t => {
  await Promise.all(unfinished.map(({ closed }) => closed))
  t.same(
    unfinished.filter(({ said }) => said() !== '' && !said().startsWith('HTTP/1.1 408')),
    [],
  )
})

t.test('ten thousand idle connections shut nobody out: the oldest make room', async t => {
  const room = Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
  const count = Math.min(10_000, room - 1000)
  const kept = await tlsClient(webhook)
  kept.socket.write(head(review.length) + review)
  await until(() => kept.said().includes('200 OK'))
  const clients: Client[] = []
  const statuses = await meanwhile(
    webhook,
    (async () => {
      clients.push(...(await many(500, () => tlsClient(webhook))))
      clients.push(...(await many(count - 500, () => tcpClient(webhook.port))))
    })(),
  )
  t.same(
    statuses.filter(status => status !== 200),
    [],
  )
  t.ok(webhook.descriptors() < before + 1100, 'of which it holds a thousand')
  t.ok(grown() < most)
  hangUp([...clients, kept])
  await until(() => webhook.descriptors() <= before)
})

t.test('what is no TLS, and TLS that changes its mind, ends the connection', async t => {
  await using older = await startWebhook(program, [...settings, '--tls-min-version', '1.2'])
  await underFire(t, async () => {
    for (const bytes of [
      'GET /livez HTTP/1.1\r\nhost: a\r\n\r\n',
      'SSH-2.0-x\r\n',
      '\0'.repeat(1000),
      `\x16\x03\x01\x40\x01${'x'.repeat(20_000)}`,
    ]) {
      const client = await tcpClient(webhook.port)
      client.socket.write(Buffer.from(bytes, 'latin1'))
      await client.closed
      t.notMatch(client.said(), 'HTTP/1')
    }
  })
  const client = await tlsClient(older, 'TLSv1.2')
  const again = (): void => void client.socket.renegotiate({}, error => error ?? again())
  again()
  await client.closed
  t.equal((await ask(older, review)).status, 200)
})

t.test('a flood of handshakes that are broken off is one line in the log', async t => {
  const linesNow = (): number => webhook.log().split('broke off the handshake').length - 1
  const [lines, began] = [linesNow(), performance.now()]
  const clients = await many(300, () => tcpClient(webhook.port))
  for (const { socket } of clients) socket.write('x'.repeat(1000))
  await Promise.all(clients.map(({ closed }) => closed))
  t.ok(linesNow() - lines <= 1 + (performance.now() - began) / 10_000)
})

t.test('what is no HTTP/1.1 that anybody sends in good faith is a 400, and ends the connection', async t => {
  const bad = {
    'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'no request': 'hello\r\n\r\n',
    'two lengths': head(2).replace('\r\n\r\n', '\r\ncontent-length: 3\r\n\r\n{}'),
    'a length and chunks': head(2).replace('\r\n\r\n', '\r\ntransfer-encoding: chunked\r\n\r\n{}'),
    'a length that is none': head(2).replace(': 2', ': -2'),
    'a chunk that is none': `${head('chunked')}zz\r\n{}\r\n0\r\n\r\n`,
    'an endless chunk': `${head('chunked')}${'f'.repeat(17)}\r\n{}`,
    'a body longer than announced': `${head(2)}{}${'x'.repeat(100)}\r\n\r\n`,
  }
  await underFire(t, async () => {
    for (const [what, bytes] of Object.entries(bad)) {
      const client = await tlsClient(webhook)
      client.socket.write(bytes)
      await client.closed
      t.match(client.said(), /HTTP\/1\.1 400 [^]*HTTP\/1\.1 400|^HTTP\/1\.1 400/, what)
    }
    const endless = await tlsClient(webhook)
    endless.socket.write(`GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}`)
    await endless.closed
    t.match(endless.said(), 'HTTP/1.1 431')
  })
})

t.test(
  'bodies too long, too deep, too many-membered or of another type get the status for it, and no memory',
  async t => {
    const long = 7 * 2 ** 20 - 1000
    const bodies: readonly (readonly [string | Buffer, number, object?])[] = [
      // Announced is enough: who sends on may find the connection closed before the answer is read.
      ['', 413, { 'content-length': 8 * 2 ** 20 }],
      [review, 415, { 'content-type': 'application/yaml' }],
      [review, 415, { 'content-type': 'multipart/form-data; boundary=x' }],
      [
        review,
        400,
        { 'content-encoding': 'gzip', 'content-type': 'application/json', 'content-length': review.length - 1 },
      ],
      ['['.repeat(long / 2) + ']'.repeat(long / 2), 400],
      [`${'{"a":'.repeat(long / 6)}1${'}'.repeat(long / 6)}`, 400],
      [`[${'{},'.repeat(long / 3)}1]`, 400],
      [`[${'1,'.repeat(long / 2)}1]`, 400],
      [`{"apiVersion":"\u0400${'x'.repeat(long - 100)}"}`, 400],
    ]
    await underFire(t, async () => {
      for (const [body, status, headers] of bodies) t.equal((await ask(webhook, body, headers)).status, status)
    })
    t.ok(grown() < most)
  },
)

t.test('the port of the metrics takes no more than that of the reviews', async t => {
  const scrape = async (): Promise<number> => (await fetch(`http://127.0.0.1:${webhook.metricsPort}/metrics`)).status
  await underFire(t, async () => {
    const idle = await many(500, () => tcpClient(webhook.metricsPort))
    t.equal(await scrape(), 200)
    t.ok(webhook.descriptors() < before + 120)
    const body = await tcpClient(webhook.metricsPort)
    body.socket.write('POST /metrics HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\nx')
    const garbage = await tcpClient(webhook.metricsPort)
    garbage.socket.write('\x16\x03\x01\x02')
    await garbage.closed
    await until(() => body.said() !== '')
    t.match(body.said(), 'HTTP/1.1 404')
    t.match(garbage.said(), 'HTTP/1.1 400')
    hangUp([...idle, body])
  })
})

t.test('after all of it the same process answers, and has said nothing on stderr', async t => {
  t.equal((await ask(webhook, review)).status, 200)
  process.kill(webhook.pid, 0)
  t.equal(webhook.errors(), '')
  await until(() => webhook.descriptors() <= atFirst)
})
