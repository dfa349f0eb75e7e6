import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { join } from 'node:path'
import t from 'tap'
import { vaultAt } from '../../src/vault/client.ts'
import { wireTo } from '../../src/vault/wire.ts'
import { selfSigned } from '../fixtures/certificates.ts'
import { startVault } from '../fixtures/vault-server.ts'

const health = { method: 'GET', path: 'sys/health' } as const

t.test('TLS is checked against the given CA and name, or not at all', async t => {
  const https = await selfSigned('vault.test')
  const caFile = join(t.testdir({ 'ca.crt': https.cert }), 'ca.crt')
  await using server = await startVault({ https })
  const ask = async (more: object) => {
    const vault = vaultAt({ address: server.address, ...more })
    const answer = await vault.request(health)
    vault.rest()
    return answer
  }
  t.match(await ask({ caFile, tlsServerName: 'vault.test' }), { kind: 'answer' })
  t.match(await ask({ ca: https.cert, tlsServerName: 'vault.test' }), { kind: 'answer' })
  const other = await selfSigned('other.test')
  t.match(await ask({ ca: other.cert, tlsServerName: 'vault.test' }), { kind: 'network', reason: /self-signed/ })
  t.match(await ask({ ca: other.cert, caFile, tlsServerName: 'vault.test' }), { kind: 'answer' }, 'either will do')
  t.match(await ask({ tlsSkipVerify: true }), { kind: 'answer' })
  t.match(await ask({ caFile }), { kind: 'network', reason: /does not match certificate's altnames/ })
  t.match(await ask({ tlsServerName: 'vault.test' }), { kind: 'network', reason: /self-signed certificate/ })
  t.match(await ask({ caFile: `${caFile}.gone` }), { kind: 'network', reason: /ENOENT.*ca\.crt\.gone/ })
})

t.test('a CA that is rotated is read anew', async t => {
  const [old, https] = [await selfSigned('vault.test'), await selfSigned('vault.test')]
  const caFile = join(t.testdir({ 'ca.crt': old.cert }), 'ca.crt')
  await using server = await startVault({ https })
  const vault = vaultAt({ address: server.address, caFile, tlsServerName: 'vault.test' })
  t.match(await vault.request(health), { kind: 'network' })
  writeFileSync(caFile, https.cert)
  t.match(await vault.request(health), { kind: 'answer' })
  vault.rest()
})

t.test('one connection serves one request after another until it rests', async t => {
  await using server = await startVault()
  const wire = wireTo({ address: server.address })
  const url = new URL('/v1/sys/health', server.address)
  const send = () => wire.send({ method: 'GET', url, headers: {} }, { timeout: 5000, bytes: 999 })
  for (const _ of [1, 2]) t.match(await send(), { status: 200 })
  wire.rest()
  t.match(await send(), { status: 200, text: '{"initialized":true,"sealed":false}' })
  wire.rest()
})

t.test('too late and too much come to an end', async t => {
  await using server = await startVault()
  const wire = wireTo({ address: server.address })
  const login = { method: 'POST', url: new URL('/v1/auth/kubernetes/login', server.address), headers: {} }
  const body = { role: 'web', jwt: 'j' }
  const headers = { 'Content-Type': 'application/json' }
  t.match(await wire.send({ ...login, headers, body }, { timeout: 5000, bytes: 9 }), { status: 200, text: undefined })
  server.fail({ delay: Infinity })
  await t.rejects(wire.send(login, { timeout: 20, bytes: 9 }), new Error('no answer within 0.02 s'))
  const signal = AbortSignal.timeout(20)
  await t.rejects(wire.send({ ...login, signal }, { timeout: 5000, bytes: 9 }), { name: 'AbortError' })
})

t.test('a wire that never spoke TLS has nothing to close', async t => {
  t.doesNotThrow(() => wireTo({ address: 'https://vault.test' }).rest())
})

t.test('what podvault shows of itself is read anew for each request', async t => {
  const https = await selfSigned('vault.test')
  const [first, second] = [await selfSigned('one.test'), await selfSigned('two.test')]
  const seen: unknown[] = []
  const server = createServer({ ...https, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    seen.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN)
    response.end('{}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const folder = t.testdir({ 'tls.crt': first.cert, 'tls.key': first.key })
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const vault = vaultAt({ address, tlsSkipVerify: true, certFile, keyFile })
  t.match(await vault.request(health), { kind: 'answer' })
  writeFileSync(certFile, second.cert)
  const halfway = await vault.request(health)
  t.match(halfway, { kind: 'network' }, 'the key of another certificate is none')
  writeFileSync(keyFile, second.key)
  t.match(await vault.request(health), { kind: 'answer' })
  t.strictSame(seen, ['one.test', 'two.test'])
  for (const part of second.key.split('\n').slice(1, 3)) t.notMatch(JSON.stringify(halfway), part)
  vault.rest()
  server.closeAllConnections()
})
