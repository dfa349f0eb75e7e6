import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { lookAtVault } from '../../../src/cli/check/vault.ts'
import { noRole } from '../../../src/cli/check/dry-run.ts'
import { lookFrom } from '../../fixtures/look.ts'
import { selfSigned } from '../../fixtures/certificates.ts'
import { startVault } from '../../fixtures/vault-server.ts'

/** Nobody logs in: what is asked before that. */
const nobody = { auth: { method: 'kubernetes', path: 'kubernetes', role: noRole, tokenFile: '/none' } } as const

const health = (body: object) => ({
  path: 'sys/health',
  body: { initialized: true, sealed: false, version: '2.0.4', ...body },
})

t.test('vault-name, vault-connection, vault-health: all the way to a Vault that is well', async t => {
  await using vault = await startVault()
  vault.fail(health({ standby: true }))
  const address = vault.address.replace('127.0.0.1', 'localhost')
  t.match(await lookAtVault(lookFrom(t, { address, namespace: 'team' }, nobody)), [
    { check: 'vault-name', level: 'ok', message: /^localhost is .*127\.0\.0\.1/ },
    { check: 'vault-connection', level: 'ok', message: /^localhost:\d+ takes connections/ },
    { check: 'vault-certificate', level: 'warning', message: /not encrypted/ },
    { check: 'vault-health', level: 'ok', message: 'Vault 2.0.4, a standby, is unsealed' },
  ])
  t.notOk(vault.requests.some(({ headers }) => 'x-vault-namespace' in headers))
})

t.test('vault-name: an address needs none, and an unknown one ends it', async t => {
  await using vault = await startVault()
  vault.fail(health({}))
  const plain = await lookAtVault(lookFrom(t, { address: vault.address }, nobody))
  t.match(plain[0], { level: 'ok', message: '127.0.0.1 is an address' })
  t.match(plain.at(-1), { message: 'Vault 2.0.4 is unsealed' })
  const unknown = await lookAtVault(lookFrom(t, { address: 'http://vault.invalid:8200' }, nobody))
  t.match(unknown, [{ check: 'vault-name', level: 'failure', message: /vault\.invalid/ }])
  t.equal(unknown.length, 1)
})

t.test('vault-connection: nobody listens, with and without a port', async t => {
  const closed = await startVault()
  await closed.close()
  for (const address of [closed.address, 'http://[::1]:1'])
    t.match(
      await lookAtVault(lookFrom(t, { address }, nobody)),
      [{}, { check: 'vault-connection', level: 'failure', message: /REFUSED|EADDRNOTAVAIL|UNREACH/ }],
      address,
    )
  for (const [address, port] of [
    ['http://127.0.0.1', 80],
    ['https://127.0.0.1', 443],
  ] as const)
    t.match((await lookAtVault(lookFrom(t, { address }, nobody)))[1]?.message, new RegExp(`^127.0.0.1:${port}`))
})

t.test('vault-connection: no answer in time, and one that says nothing', async t => {
  await using vault = await startVault()
  const look = lookFrom(t, { address: vault.address }, nobody)
  const stopped = new AbortController()
  stopped.abort()
  t.match((await lookAtVault({ ...look, signal: stopped.signal }))[1], { level: 'failure', message: /no answer$/ })
  const mute = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  t.teardown(() => mute.close())
  const address = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`
  const findings = await lookAtVault(lookFrom(t, { address }, nobody))
  t.match(findings.at(-1), { check: 'vault-connection', level: 'failure', message: /does not answer/ })
})

t.test('vault-certificate: believed with the CA of the pod, not verified, or not believed', async t => {
  const https = await selfSigned('localhost')
  await using vault = await startVault({ https })
  vault.fail(health({}))
  const address = vault.address.replace('127.0.0.1', 'localhost')
  const certificate = async (more: object) =>
    (await lookAtVault(lookFrom(t, { address, ...more }, nobody))).find(({ check }) => check === 'vault-certificate')
  t.match(await certificate({ ca: https.cert }), { level: 'ok', message: /CA that the pod has/ })
  t.match(await certificate({ tlsSkipVerify: true }), { level: 'warning', message: /not verified/ })
  t.match(await certificate({}), { level: 'failure', message: /certificate/, todo: /ca-configmap/ })
  const wrong = await selfSigned('elsewhere.example.com')
  t.match(await certificate({ ca: wrong.cert }), { level: 'failure' })
})

t.test('vault-certificate: one that the system believes', async t => {
  const https = await selfSigned('localhost')
  await using vault = await startVault({ https })
  vault.fail(health({}))
  const address = vault.address.replace('127.0.0.1', 'localhost')
  const { setDefaultCACertificates, getCACertificates } = await import('node:tls')
  const before = getCACertificates()
  setDefaultCACertificates([https.cert])
  t.teardown(() => setDefaultCACertificates(before))
  t.match((await lookAtVault(lookFrom(t, { address }, nobody)))[2], {
    level: 'ok',
    message: /certificates of the system/,
  })
})

t.test('vault-health: sealed, not initialized, or no Vault at all', async t => {
  await using vault = await startVault()
  const last = async () => {
    const finding = (await lookAtVault(lookFrom(t, { address: vault.address }, nobody))).at(-1)
    vault.heal()
    return finding
  }
  vault.fail(health({ initialized: false, sealed: true }))
  t.match(await last(), { check: 'vault-health', level: 'failure', message: 'Vault 2.0.4 is not initialized' })
  vault.fail(health({ sealed: true }))
  vault.fail({ path: 'sys/seal-status', body: { t: 3, progress: 1 } })
  t.match(await last(), { level: 'failure', message: 'Vault 2.0.4 is sealed: 1 of 3 keys', todo: /unseal/ })
  vault.fail(health({ sealed: true }))
  t.match(await last(), { message: 'Vault 2.0.4 is sealed' })
  vault.fail({ path: 'sys/health', status: 404, body: { errors: ['no such page'] } })
  t.match(await last(), { level: 'failure', message: /no such page/, todo: /address of a Vault/ })
})
