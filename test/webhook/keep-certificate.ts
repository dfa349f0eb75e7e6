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
import { fileCertificate, keptCertificate } from '../../src/webhook/certificate.ts'
import { keepCertificate } from '../../src/webhook/keep-certificate.ts'
import { listen } from '../../src/webhook/listen.ts'
import { makeCertificates } from '../../src/webhook/make-certificates.ts'

const one = makeCertificates(['localhost'], new Date(), 1)
const other = makeCertificates(['localhost'], new Date(), 2)

/** Log lines as they come. */
const linesOf = async function* (
  stream: PassThrough,
): AsyncGenerator<{ readonly level: string; readonly msg: string }> {
  for await (const line of createInterface({ input: stream })) yield JSON.parse(line)
}

t.test('shows a new certificate to the next client, and says so', async t => {
  const dir = t.testdir({ 'tls.crt': one.cert, 'tls.key': one.key })
  const files = { certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') }
  const stream = new PassThrough()
  const stop = new AbortController()
  const log = createLog(stream)
  const keeping = { every: 1, stop: stop.signal }
  const source = keptCertificate(fileCertificate(files), keeping, message => log.error(message))
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
  const kept = keepCertificate(source, server, log, 'TLSv1.3')
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
