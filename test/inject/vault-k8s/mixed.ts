import t from 'tap'
import { mixedKeys, readMixed } from '../../../src/inject/vault-k8s/mixed.ts'
import { messages } from '../../fixtures/vault-k8s.ts'

const read = (pod: Readonly<Record<string, unknown>>, operator: Readonly<Record<string, string>> = {}) =>
  readMixed([
    { origin: 'pod', texts: pod },
    { origin: 'operator', texts: operator },
  ])

t.test('a few keys of podvault are read beside those of vault-k8s, from every layer', async t => {
  t.strictSame(
    read(
      { 'podvault.dev/native-sidecar': 'false', 'podvault.dev/renew-at': '0.5', 'podvault.dev/on-change': 'restart' },
      { 'podvault.dev/engine': 'podvault', 'podvault.dev/login-timeout': '30s', 'podvault.dev/renew-at': '0.6' },
    ),
    {
      mixed: {
        'native-sidecar': false,
        engine: 'podvault',
        'renew-at': 0.5,
        'login-timeout': 30,
        'on-change': { kind: 'restart' },
      },
      problems: [],
    },
  )
  t.equal(mixedKeys.length, 7)
})

t.test('a profile, a status and an inject that asks for nothing do no harm', async t => {
  const texts = { 'podvault.dev/profile': 'x', 'podvault.dev/status': 'y', 'podvault.dev/inject': 'false' }
  t.strictSame(read(texts), { mixed: {}, problems: [] })
})

t.test('any other is refused by name; of the operator’s, only these are for such pods', async t => {
  const { problems } = read(
    { 'podvault.dev/secrets': 'x', 'podvault.dev/env': 'auto', 'podvault.dev/inject': 'true', 'example.com/x': 'y' },
    { 'podvault.dev/refresh': '1m' },
  )
  t.match(problems, [
    { reason: 'both-prefixes', message: /^"podvault.dev\/env" says nothing/ },
    { reason: 'both-prefixes', message: /^"podvault.dev\/inject"/ },
    { reason: 'both-prefixes', message: /^"podvault.dev\/secrets"/ },
  ])
  t.equal(problems.length, 3)
})

t.test('a bad value is refused, with who said it', async t => {
  const { problems } = read(
    { 'podvault.dev/engine': 'vault', 'podvault.dev/renew-at': 7 },
    { 'podvault.dev/native-sidecar': 'yes' },
  )
  t.strictSame(messages(problems), [
    'podvault.dev/native-sidecar is "yes" (from the operator); allowed: "true" or "false"',
    'podvault.dev/engine is "vault"; allowed: "auto" or "podvault" or "vault-agent"',
    'podvault.dev/renew-at is no string; allowed: a number from 0.1 to 0.9, as 0.67',
  ])
})

t.test('without any layer nobody says anything', async t => {
  t.strictSame(readMixed([]), { mixed: {}, problems: [] })
})
