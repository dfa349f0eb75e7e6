import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import https from 'node:https'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { connect, type TLSSocket } from 'node:tls'
import t from 'tap'
import { createLog } from '../../src/log.ts'
import { fileCertificate, keptCertificate } from '../../src/webhook/certificate.ts'
import { keepCertificate } from '../../src/webhook/keep-certificate.ts'
import { listen } from '../../src/webhook/listen.ts'
import { makeCertificates } from '../../src/webhook/make-certificates.ts'
import { clientsIn } from '../fixtures/clients.ts'

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
  const kept = keepCertificate(source, server, log, { ...keeping, minVersion: 'TLSv1.3', callers: undefined })
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

t.test('who may ask is verified by what is in the file now', async t => {
  const dir = t.testdir()
  const [old, next] = [clientsIn(dir, 'old'), clientsIn(dir, 'next')]
  let current = old.ca
  const changes: (string | Error)[] = [new Error('no PEM'), next.ca]
  const callers = {
    current: () => current,
    renewed: () => {
      const change = changes.shift()
      if (change instanceof Error) throw change
      if (change !== undefined) current = change
      return change
    },
  }
  const [stream, stop] = [new PassThrough(), new AbortController()]
  const keeping = { every: 1, stop: stop.signal }
  const source = keptCertificate(
    { current: () => ({ ...one, notAfter: new Date() }), renewed: () => undefined },
    keeping,
    message => t.fail(message),
  )
  const tls = { cert: one.cert, key: one.key, requestCert: true, rejectUnauthorized: false, ca: old.ca }
  const server = https.createServer({ ...tls, minVersion: 'TLSv1.3' }, (request, response) =>
    response.end(String((request.socket as TLSSocket).authorized)),
  )
  t.teardown(() => server.close())
  const port = Number((await listen(server, { host: '127.0.0.1', port: 0 })).split(':')[1])
  const isAuthorized = async (client: object): Promise<string> => {
    const request = https.get({ port, host: '127.0.0.1', agent: false, rejectUnauthorized: false, ...client })
    const [response] = await once(request, 'response')
    return text(response)
  }
  const [early, late] = [old.client('/CN=a'), next.client('/CN=a')]
  t.same([await isAuthorized(early), await isAuthorized(late)], ['true', 'false'])
  const kept = keepCertificate(source, server, createLog(stream), { ...keeping, minVersion: 'TLSv1.3', callers })
  const lines = linesOf(stream)
  t.match((await lines.next()).value, { level: 'error', msg: 'no PEM; the one from before stays in use' })
  t.match((await lines.next()).value, { msg: 'the authority of callers has been renewed' })
  t.same([await isAuthorized(early), await isAuthorized(late)], ['false', 'true'])
  stop.abort()
  await kept
})
