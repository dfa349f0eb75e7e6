import t from 'tap'
import { bundleFindings, certificateFinding, left, valuesIn } from '../../../src/cli/check/certificates.ts'
import { makeAuthority, makeLeaf } from '../../../src/webhook/make-certificates.ts'

const now = Date.parse('2026-06-01T12:00:00Z')
const [hour, day] = [3_600_000, 86_400_000]
const authority = makeAuthority(new Date(now), 90 * day)
const other = makeAuthority(new Date(now), 5 * day)
const leaf = makeLeaf(authority, ['podvault.podvault.svc'], new Date(now), day)
const base64 = (...pems: readonly string[]): string => Buffer.from(pems.join('')).toString('base64')

const bundle = (caBundle: string | undefined, wanted = authority.cert, at = now) =>
  bundleFindings(
    [{ name: 'podvault/pods.podvault.dev', namespace: 'podvault', caBundle }],
    'podvault',
    { value: wanted },
    at,
  )

t.test('time that is left is told in words', t => {
  t.equal(left(now + 3 * hour, now), '3 h left')
  t.equal(left(now, now), '0 h left')
  t.equal(left(now + 48 * hour - 1, now), '47 h left')
  t.equal(left(now + 48 * hour, now), '2 days left')
  t.equal(left(now + 10 * day, now), '10 days left')
  t.equal(left(now - day, now), 'ended 2026-05-31')
  t.end()
})

t.test('ca-bundle: holds the authority in use, and has time left', t => {
  t.match(bundle(base64(authority.cert)), [
    { level: 'ok', message: 'that of podvault/pods.podvault.dev holds the authority in use, 90 days left' },
  ])
  t.match(bundle(base64(other.cert, authority.cert)), [{ level: 'ok' }])
  t.match(bundle(base64(authority.cert), leaf.cert), [{ level: 'ok' }], 'a leaf that it has issued')
  t.match(bundle(base64(authority.cert), ''), [{ level: 'ok', message: /holds 1 certificates/ }])
  t.match(bundle(base64(other.cert), other.cert), [
    { level: 'warning', message: /5 days left/, todo: /podvault puts it back/ },
  ])
  t.end()
})

t.test('ca-bundle: of less than 14 days is a warning, of none at all a failure', t => {
  const end = now + 90 * day
  for (const [at, level] of [
    [end - 14 * day, 'ok'],
    [end - 14 * day + 1, 'warning'],
    [end - 1, 'warning'],
    [end, 'failure'],
  ] as const)
    t.match(bundle(base64(authority.cert), authority.cert, at), [{ level }], String(at))
  t.end()
})

t.test('ca-bundle: missing, broken, ended, or of another authority', t => {
  t.match([...bundle(undefined), ...bundle('')], [{ level: 'warning', message: /has none/ }, { level: 'warning' }])
  t.match(bundle(base64('nonsense')), [{ level: 'failure', message: /holds no certificate in PEM/ }])
  t.match(bundle(base64(authority.cert), authority.cert, now + 91 * day), [
    { level: 'failure', message: /has ended: ended 2026-08-30/ },
  ])
  t.match(bundle(base64(other.cert)), [{ level: 'failure', message: /does not hold the authority in use/ }])
  t.end()
})

t.test('ca-bundle: that of another installation holds what that one needs', t => {
  const bundles = [{ name: 'x', namespace: 'elsewhere', caBundle: base64(other.cert, authority.cert) }]
  t.match(bundleFindings(bundles, 'podvault', { value: leaf.cert }, now), [{ level: 'ok' }])
  t.end()
})

t.test('ca-bundle: where the authority may not be read, the rest is told all the same', t => {
  const of = (caBundles: readonly string[]) =>
    bundleFindings(
      caBundles.map(caBundle => ({ name: 'x', namespace: 'podvault', caBundle })),
      'podvault',
      { lack: 'forbidden' },
      now,
    )
  t.match(of([base64(authority.cert)]), [{ level: 'ok' }, { level: 'unknown', message: /authority in use: forbidden/ }])
  t.same(of([]), [])
  t.end()
})

const metrics = (lines: Readonly<Record<string, number>>): string =>
  Object.entries(lines)
    .map(([name, value]) => `# HELP podvault_${name} x\npodvault_${name} ${value}\n`)
    .join('')

t.test('metrics are read by name, of several the first', t => {
  t.same(
    [...valuesIn('podvault_a{x="1"} 1\npodvault_a{x="2"} 2\npodvault_b 1e3\nother 7\n')],
    [
      ['podvault_b', 1000],
      ['podvault_a', 1],
    ],
  )
  t.end()
})

t.test('certificate: time left, and whether it is believed', t => {
  const at = (seconds: number) => now / 1000 + seconds
  const finding = (lines: Readonly<Record<string, number>>) => certificateFinding('podvault-1', metrics(lines), now)
  const expiry = 'certificate_expiry_timestamp_seconds'
  t.match(finding({ [expiry]: at(86_400), certificate_trusted: 1, ca_expiry_timestamp_seconds: at(864_000) }), {
    level: 'ok',
    message: 'certificate of podvault-1: 24 h left; its authority: 10 days left',
  })
  t.match(finding({ [expiry]: at(86_400), ca_expiry_timestamp_seconds: 0 }), {
    message: /^certificate of podvault-1: 24 h left$/,
  })
  t.match(finding({ [expiry]: at(86_400) }), { message: /^certificate of podvault-1: 24 h left$/ })
  t.match(finding({ [expiry]: at(6 * 3600) }), { level: 'ok' })
  t.match(finding({ [expiry]: at(6 * 3600 - 1) }), { level: 'warning' })
  t.match(finding({ [expiry]: at(0) }), { level: 'failure' })
  t.match(finding({ [expiry]: at(7200) }), { level: 'warning' })
  t.match(finding({ [expiry]: at(-7200) }), { level: 'failure', message: /ended 2026-06-01/ })
  t.match(finding({ [expiry]: at(86_400), certificate_trusted: 0 }), { level: 'failure', message: /does not trust it/ })
  t.match(finding({}), { level: 'unknown' })
  t.end()
})
