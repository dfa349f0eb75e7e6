import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { certs } from '../../src/cli/certs.ts'
import { fileCertificate } from '../../src/webhook/certificate.ts'
import { run } from '../fixtures/io.ts'

t.test('writes a CA and a certificate that openssl verifies and the webhook serves', async t => {
  const dir = join(t.testdir(), 'new', 'certs')
  const { code, stdout, stderr } = await run(certs, [
    '--dir',
    dir,
    '--host',
    'a.example.com',
    '10.1.2.3',
    '--days',
    '7',
  ])
  t.equal(code, 0)
  t.same(readdirSync(dir), ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'])
  const [ca, leaf] = [join(dir, 'ca.crt'), join(dir, 'tls.crt')]
  const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' })
  t.match(
    openssl('verify', '-purpose', 'sslserver', '-verify_hostname', 'podvault.podvault.svc', '-CAfile', ca, leaf),
    'OK',
  )
  t.match(openssl('verify', '-verify_hostname', 'a.example.com', '-CAfile', ca, leaf), 'OK')
  t.match(openssl('verify', '-verify_ip', '10.1.2.3', '-CAfile', ca, leaf), 'OK')
  const facts = openssl('x509', '-in', leaf, '-noout', '-text', '-checkend', String(6 * 86_400))
  t.match(facts, /ecdsa-with-SHA256/)
  t.match(facts, /DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:podvault.podvault.svc/)
  t.match(facts, /will not expire/)
  t.throws(() => openssl('x509', '-in', leaf, '-noout', '-checkend', String(8 * 86_400)))
  t.doesNotThrow(() => fileCertificate({ certFile: leaf, keyFile: join(dir, 'tls.key') }))
  t.equal(stdout, `caBundle: ${readFileSync(ca).toString('base64')}\n`)
  t.match(stderr, `podvault webhook --tls-cert-file ${leaf}`)
})

t.test('keys are for their owner alone, also where looser files were', async t => {
  const dir = t.testdir({ 'ca.key': '', 'tls.key': '' })
  t.equal((await run(certs, ['--dir', dir, '--force'])).code, 0)
  const mode = (name: string): number => statSync(join(dir, name)).mode & 0o777
  t.same(['ca.crt', 'ca.key', 'tls.crt', 'tls.key'].map(mode), [0o644, 0o600, 0o644, 0o600])
})

t.test('replaces nothing unasked', async t => {
  const dir = t.testdir({ 'tls.crt': 'mine' })
  await t.rejects(run(certs, ['--dir', dir]), {
    code: 'usage',
    message: `${join(dir, 'tls.crt')} would be overwritten`,
    hint: /--force/,
  })
  t.same(readdirSync(dir), ['tls.crt'])
})

t.test('a wrong number of days and an unusable folder are sentences', async t => {
  for (const days of ['0', '-1', 'x', '10000', '1.5'])
    await t.rejects(run(certs, [`--days=${days}`]), { code: 'usage', message: /--days is/ })
  const file = join(t.testdir({ file: '' }), 'file')
  await t.rejects(run(certs, ['--dir', file]), { code: 'failed', message: /cannot be written/ })
})

t.test('has help', async t => {
  t.match(await run(certs, ['--help']), { code: 0, stdout: /--namespace/ })
})
