import t from 'tap'
import { annotations, checkDefaults, readIntent } from '../../src/inject/annotations.ts'
import { annotated, read } from '../fixtures/pods.ts'

const messages = (found: readonly { readonly message: string }[]): readonly string[] =>
  found.map(({ message }) => message)

t.test('a pod overrides the operator, who overrides the table', async t => {
  const { intent, given, problems } = read({ refresh: '1m', role: 'web' }, { refresh: '2m', env: 'file' })
  t.strictSame(problems, [])
  t.match(intent, { refresh: 60, env: 'file', path: '/vault/secrets', role: 'web', renew: true })
  t.equal(intent.address, undefined)
  t.strictSame([...given], ['refresh', 'role'])
})

t.test('annotations of others are nobody’s business', async t => {
  t.strictSame(
    readIntent([{ origin: 'pod', texts: { 'example.com/inject': 'x', 'podvault.device/role': 'x' } }]).problems,
    [],
  )
})

t.test('an unknown key is refused, with the key that was meant if one is near', async t => {
  const { problems } = read({ roel: 'x', 'on-fire': 'x', Role: 'x', ['x'.repeat(50)]: '' })
  t.strictSame(messages(problems), [
    'there is no annotation "podvault.dev/Role"; did you mean podvault.dev/role?',
    'there is no annotation "podvault.dev/on-fire"; docs/annotations.md lists every one',
    'there is no annotation "podvault.dev/roel"; did you mean podvault.dev/role?',
    `there is no annotation "podvault.dev/${'x'.repeat(50)}"; docs/annotations.md lists every one`,
  ])
})

t.test('the status that podvault itself writes is no unknown key', async t => {
  t.strictSame(read({ status: '{}' }).problems, [])
})

t.test('bad values are refused all at once, and the default stands in for the other checks', async t => {
  const { intent, problems } = read({ refresh: '3', 'run-as-user': '0', env: 'yes' })
  t.strictSame(messages(problems), [
    'podvault.dev/env is "yes"; allowed: "auto" or "file" or "variables" or "none"',
    'podvault.dev/refresh is "3"; allowed: 0s or a duration from 1s to 8760h, as 90s, 5m or 1h30m',
    'podvault.dev/run-as-user is "0"; allowed: a whole number from 1 to 2147483647',
  ])
  t.equal(intent.refresh, 300)
  t.equal(intent['run-as-user'], undefined)
})

t.test('a value that is no string is refused, whatever it is', async t => {
  const { problems } = readIntent([{ origin: 'pod', texts: { 'podvault.dev/renew': true, 'podvault.dev/role': null } }])
  t.strictSame(messages(problems), [
    'podvault.dev/role is no string; write its value in quotes',
    'podvault.dev/renew is no string; write its value in quotes',
  ])
})

t.test('the least lifetime of a token is ten minutes, as Kubernetes has it', async t => {
  t.equal(read({ 'token-ttl': '599s' }).problems.length, 1)
  t.equal(read({ 'token-ttl': '600s' }).intent['token-ttl'], 600)
})

t.test('an operator’s defaults are checked like a pod’s annotations, and inject has none', async t => {
  t.strictSame(checkDefaults(annotated({ refresh: '1m' })), [])
  t.strictSame(messages(checkDefaults(annotated({ refesh: '1m', env: 'x', inject: 'true' }))), [
    'there is no annotation "podvault.dev/refesh"; did you mean podvault.dev/refresh?',
    'podvault.dev/env is "x"; allowed: "auto" or "file" or "variables" or "none"',
    'podvault.dev/inject has no default: each pod asks for itself',
  ])
})

t.test('every default of the table is a value that its own kind allows', async t => {
  const { problems } = read({})
  t.strictSame(problems, [])
  for (const [key, { doc }] of Object.entries(annotations)) t.ok(doc.length > 10, key)
})

t.test('the texts of the settings are what pod and operator wrote, and nothing of others', async t => {
  const texts = (pod: Readonly<Record<string, string>>, defaults = {}) =>
    readIntent([
      { origin: 'pod', texts: { ...annotated(pod), 'example.com/x': 'y' } },
      { origin: 'operator', texts: annotated(defaults) },
    ]).texts
  t.strictSame(
    texts({ role: 'web' }, { role: 'other', refresh: '1m' }).filter(text => text !== ''),
    ['web', '1m'],
  )
  t.equal(texts({}).length, Object.keys(annotations).length)
})

t.test('a bad value that is not the pod’s own says whose it is', async t => {
  const { problems } = read({}, { refresh: 'x' })
  t.match(messages(problems), [/^podvault.dev\/refresh is "x" \(from the operator\); allowed: /])
})

t.test('of many unknown keys the first ten have a hint, of more no message could tell', async t => {
  const unknown = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`role${index + 10}`, 'x']))
  const hints = read(unknown).problems.filter(({ message }) => message.includes('did you mean'))
  t.equal(hints.length, 10)
})
