import t from 'tap'
import { readVaultK8s } from '../../../src/inject/vault-k8s/read.ts'
import { messages, named } from '../../fixtures/vault-k8s.ts'

const read = (pod: Readonly<Record<string, unknown>>, operator: Readonly<Record<string, string>> = {}) =>
  readVaultK8s([
    { origin: 'pod', texts: named(pod as Record<string, string>) },
    { origin: 'operator', texts: named(operator) },
  ])

t.test('the first who says something is heard, and remembered', async t => {
  const { values, originOf } = read({ role: 'web' }, { role: 'other', 'agent-init-first': 't' })
  t.equal(values.role, 'web')
  t.equal(originOf('role'), 'pod')
  t.equal(values['agent-init-first'], true)
  t.equal(originOf('agent-init-first'), 'operator')
  t.equal(originOf('log-level'), undefined)
  t.equal(values['log-level'], 'info')
})

t.test('families are joined over all layers, in the order of their names', async t => {
  const { named } = read(
    { 'agent-inject-secret-b': 'x' },
    { 'agent-inject-secret-a': 'y', 'agent-inject-secret-b': 'z' },
  )
  t.strictSame(
    [...named('agent-inject-secret')],
    [
      ['a', 'y'],
      ['b', 'x'],
    ],
  )
  t.equal(named('agent-telemetry').size, 0)
})

t.test('all problems at once, in the words of vault-k8s or naming the annotation, and who said it', async t => {
  const { problems } = read(
    { 'agent-init-first': 'yes', 'agent-limits-cpu': '500mi', 'error-on-missing-key-db': 'on', role: 7 },
    { 'auth-min-backoff': '5x', 'agent-revoke-grace': '5s', namespace: 'a b' },
  )
  t.strictSame(messages(problems), [
    'error creating new agent sidecar: vault.hashicorp.com/agent-init-first is "yes"; allowed: "true" or "false" (also 1, t, T, TRUE, True, 0, f, F, FALSE, False, "")',
    'error creating patch for agent: vault.hashicorp.com/agent-limits-cpu is "500mi"; allowed: a quantity of Kubernetes, as 250m or 64Mi, or "" for none',
    'error creating new agent sidecar: vault.hashicorp.com/agent-revoke-grace is "5s" (from the operator); allowed: a whole number of seconds, as 5',
    'error creating new agent sidecar: vault.hashicorp.com/role is no string; write its value in quotes',
    'error adding default annotations: error parsing min backoff as duration: "5x" (vault.hashicorp.com/auth-min-backoff, from the operator); allowed: a duration, as 500ms, 5s or 1m30s',
    'error creating new agent sidecar: vault.hashicorp.com/namespace is "a b" (from the operator); allowed: a word without blanks, as team-a',
    'error creating new agent sidecar: vault.hashicorp.com/error-on-missing-key-db is "on"; allowed: "true" or "false" (also 1, t, T, TRUE, True, 0, f, F, FALSE, False, "")',
  ])
  t.match(messages(read({ 'auth-max-backoff': '5x' }).problems), [
    /error parsing max backoff as duration: "5x" \(vault.hashicorp.com\/auth-max-backoff\); allowed/,
  ])
})

t.test('nor does what cannot even be made a string end the review', async t => {
  const { problems } = readVaultK8s([
    { origin: 'pod', texts: { 'vault.hashicorp.com/role': { toString: 1, valueOf: null } } },
  ])
  t.match(problems, [{ message: /role is no string/ }])
})

t.test('what is no string is a problem of a family, too, and nothing is read of it', async t => {
  const { problems, named } = read({
    'agent-inject-secret-db': 7,
    'preserve-secret-case-db': 7,
    'preserve-secret-case': true,
  })
  t.equal(problems.length, 3)
  t.equal(named('agent-inject-secret').size, 0)
})

t.test('a bad preserve-secret-case is taken for false, and that is said', async t => {
  const { problems, warnings, values } = read({
    'preserve-secret-case': 'yes',
    'preserve-secret-case-db': 'no',
    'preserve-secret-case-x': 't',
  })
  t.strictSame(problems, [])
  t.equal(values['preserve-secret-case'], false)
  t.strictSame(warnings, [
    'vault.hashicorp.com/preserve-secret-case is neither "true" nor "false": taken for "false"',
    'vault.hashicorp.com/preserve-secret-case-db is neither "true" nor "false": taken for "false"',
  ])
})

t.test('an unknown annotation is warned about, with what may have been meant', async t => {
  const { warnings, problems } = read({ 'agent-inject-secrt': 'x', 'nothing-like-it-at-all': 'x', roel: 'x' })
  t.strictSame(problems, [])
  t.strictSame(warnings, [
    'there is no annotation vault.hashicorp.com/agent-inject-secrt; did you mean agent-inject-secret?',
    'there is no annotation vault.hashicorp.com/nothing-like-it-at-all',
    'there is no annotation vault.hashicorp.com/roel; did you mean role?',
  ])
})

t.test('a warning is short whatever the annotation', async t => {
  const long = 'x'.repeat(300)
  for (const warning of read({ [`preserve-secret-case-${long}`]: 'yes', [long]: '' }).warnings)
    t.ok(warning.length <= 120, warning)
})

t.test('names of JavaScript’s own are names like any other', async t => {
  const { warnings } = read(JSON.parse('{"__proto__": "x", "constructor": "y"}'))
  t.equal(warnings.length, 2)
})

t.test('of many unknown keys the first ten have a hint, as more are counted only', async t => {
  const unknown = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`role${index + 10}`, 'x']))
  t.equal(read(unknown).warnings.filter(warning => warning.includes('did you mean')).length, 10)
})
