import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import https from 'node:https'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { connect } from 'node:tls'
import t from 'tap'
import { createLog } from '../../src/log.ts'
import { fileCertificate } from '../../src/webhook/certificate.ts'
import { keepCertificate } from '../../src/webhook/keep-certificate.ts'
import { listen } from '../../src/webhook/listen.ts'
import { makeCertificates } from '../../src/webhook/make-certificates.ts'

const [one, other] = await Promise.all([1, 2].map(days => makeCertificates(['localhost'], new Date(), days)))
if (one === undefined || other === undefined) throw new Error('no certificates')

/** Log lines as they come. */
const linesOf = async function* (
  stream: PassThrough,
): AsyncGenerator<{ readonly level: string; readonly msg: string }> {
  for await (const line of createInterface({ input: stream })) yield JSON.parse(line)
}

t.test('shows a new certificate to the next client, and says so', async t => {
  const dir = t.testdir({ 'tls.crt': one.cert, 'tls.key': one.key })
  const files = { certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') }
  const source = fileCertificate(files)
  const server = https.createServer({ cert: one.cert, key: one.key, minVersion: 'TLSv1.3' })
  t.teardown(() => server.close())
  const port = Number((await listen(server, { host: '127.0.0.1', port: 0 })).split(':')[1])
  const shown = async (): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const serial = socket.getPeerCertificate().serialNumber
    socket.destroy()
    return serial
  }
  const stream = new PassThrough()
  const stop = new AbortController()
  const kept = keepCertificate(source, server, createLog(stream), {
    every: 1,
    minVersion: 'TLSv1.3',
    stop: stop.signal,
  })
  const lines = linesOf(stream)
  t.equal(await shown(), new X509Certificate(one.cert).serialNumber)

  writeFileSync(files.certFile, 'half a certificate')
  t.match((await lines.next()).value, {
    level: 'error',
    msg: /cannot be used.*the certificate from before stays in use/,
  })
  t.equal(await shown(), new X509Certificate(one.cert).serialNumber)

  writeFileSync(files.keyFile, other.key)
  writeFileSync(files.certFile, other.cert)
  let last = (await lines.next()).value
  // Both files are written one after the other; a look in between finds another kind of broken pair.
  if (last.level === 'error') last = (await lines.next()).value
  t.match(last, { level: 'info', msg: 'the certificate has been renewed' })
  t.equal(await shown(), new X509Certificate(other.cert).serialNumber)

  stop.abort()
  await kept
})

t.test('what is broken is reported once', async t => {
  const stream = new PassThrough()
  const stop = new AbortController()
  const failures = ['a', 'a', 'a', 'b', undefined, 'b']
  const source = {
    current: () => ({ cert: '', key: '', notAfter: new Date() }),
    renewed: () => {
      if (failures.length === 1) stop.abort()
      const failure = failures.shift()
      if (failure !== undefined) throw new Error(failure)
      return { cert: one.cert, key: one.key, notAfter: new Date(0) }
    },
  }
  const server = https.createServer()
  await keepCertificate(source, server, createLog(stream), { every: 0, minVersion: 'TLSv1.3', stop: stop.signal })
  stream.end()
  const messages: string[] = []
  for await (const { msg } of linesOf(stream)) messages.push(msg.split(';')[0] ?? '')
  t.same(messages, ['a', 'b', 'the certificate has been renewed', 'b'])
})
