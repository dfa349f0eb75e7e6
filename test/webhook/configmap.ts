import t from 'tap'
import { configMapOf, fileProblems, secretsFilesOf } from '../../src/webhook/configmap.ts'
import { configMap } from '../fixtures/configmaps.ts'

const filesOf = (data: Readonly<Record<string, unknown>>, binaryData: Readonly<Record<string, unknown>> = {}) => {
  const read = configMapOf({ ...configMap('app', data), binaryData })
  if (read === undefined) throw new Error('no ConfigMap')
  return secretsFilesOf(read)
}

t.test('reads what matters of a ConfigMap', async t => {
  t.same(configMapOf(configMap('app', { a: 'b' }, { version: '7' })), {
    namespace: 'shop',
    name: 'app',
    resourceVersion: '7',
    isLabelled: true,
    isEnding: false,
    data: { a: 'b' },
    binary: [],
  })
  t.match(configMapOf({ metadata: { name: 'n', namespace: 's', deletionTimestamp: '2026-01-01T00:00:00Z' } }), {
    resourceVersion: '',
    isLabelled: false,
    isEnding: true,
    data: {},
  })
  for (const labels of [null, [], { 'podvault.dev/secrets-file': true }, { 'podvault.dev/secrets-file': 'yes' }])
    t.match(configMapOf(configMap('app', {}, { labels })), { isLabelled: false })
})

t.test('what has not the shape of a ConfigMap is none', async t => {
  const fine = configMap('app')
  for (const wrong of [
    null,
    [],
    {},
    { metadata: [] },
    { metadata: { name: 'x' } },
    { metadata: { namespace: 'x' } },
    configMap('app', {}, { version: 7 }),
    { ...fine, data: [] },
    { ...fine, data: { a: 1 } },
    { ...fine, binaryData: 'x' },
  ])
    t.equal(configMapOf(wrong), undefined)
})

t.test('every key but templates is a secrets file', async t => {
  const files = filesOf({ a: 'A=x#y', 'b.secrets': 'B=x#y', 'page.tmpl': '{{ nothing }}', __proto__: 'x' })
  t.same([...files.keys()], ['a', 'b.secrets'])
  t.match(files.get('a'), { entries: [{ env: [{ name: 'A' }] }] })
  t.same(fileProblems(files), [])
})

t.test('problems name key, line and column, in the order of the keys', async t => {
  const files = filesOf({ z: 'A=x#y\nA=x#y', a: '\n hunter2' }, { m: 'AAAA', 'logo.tpl': 'AAAA' })
  t.same(
    fileProblems(files).map(({ reason, message }) => `${reason}: ${message.split(':')[0]}`),
    [
      'bad-secrets-file: key a, line 2, column 9',
      'bad-secrets-file: key m, line 1, column 1',
      'bad-secrets-file: key z, line 2, column 1',
    ],
  )
  t.notMatch(JSON.stringify(fileProblems(files)), /hunter2/)
})

t.test('a template that cannot be rendered is a problem of its file', async t => {
  const files = filesOf({
    'a.yaml': 'secrets: [{files: [{name: x, template: "{{ key 1 }}"}, {name: y, template: "{{ if }}"}]}]',
  })
  t.same(
    fileProblems(files).map(({ message }) => message),
    [
      'key a.yaml: the template of x: key is a function that podvault does not have: Consul is not asked',
      'key a.yaml: the template of y, line 1, column 7: a value is missing in if',
    ],
  )
})

t.test('a file that is too long, or that breaks the reader, is malformed like any other', async t => {
  const long = filesOf({ a: 'x'.repeat(256 * 1024 + 1) })
  t.match(fileProblems(long), [
    { message: 'key a, line 1, column 1: a secrets file has at most 262144 characters, this one more' },
  ])
  const read = configMapOf(configMap('app'))
  const broken =
    read &&
    secretsFilesOf(read, () => {
      throw new Error('hunter2')
    })
  t.match(fileProblems(broken ?? new Map()), [{ message: /^key app.secrets, .*podvault itself failed on this file/ }])
})
