import t from 'tap'
import type { Pod } from '../../src/inject/pod.ts'
import { injectedStatus, readStatus, settingsHash, writeStatus } from '../../src/inject/status.ts'
import { version } from '../../src/version.ts'

const volumeMounts = [{ name: 'podvault-secrets', mountPath: '/x' }]
const pod = (status: string, ...lack: readonly string[]): Pod => ({
  metadata: { annotations: { 'podvault.dev/status': status } },
  spec: {
    initContainers: [{ name: 'podvault-login', volumeMounts }].filter(({ name }) => !lack.includes(name)),
    containers: [{ name: 'app', ...(!lack.includes('mount') && { volumeMounts }) }],
  },
})
const status = writeStatus({ hash: 'abc', containers: ['podvault-login', 'app'] })

t.test('a status says who injected, with which settings, into which containers', async t => {
  t.strictSame(JSON.parse(status), { version, hash: 'abc', containers: ['podvault-login', 'app'] })
  t.strictSame(injectedStatus(pod(status)), { version, hash: 'abc', containers: ['podvault-login', 'app'] })
})

t.test('a status alone proves nothing', async t => {
  t.equal(injectedStatus(pod(status, 'podvault-login')), undefined, 'the login is gone')
  const both = writeStatus({ hash: 'abc', containers: ['podvault-login', 'app', 'web'] })
  t.equal(injectedStatus(pod(both)), undefined, 'one of several containers is gone')
  t.equal(injectedStatus(pod(status, 'mount')), undefined, 'the app lacks the secrets')
  t.equal(
    injectedStatus({ metadata: { annotations: { 'podvault.dev/status': status } } }),
    undefined,
    'there is no container at all',
  )
  t.equal(injectedStatus(pod(writeStatus({ hash: 'abc', containers: [] }))), undefined, 'it names no login')
  t.equal(injectedStatus({}), undefined)
})

t.test('a status that podvault did not write counts as none', async t => {
  for (const text of [
    '',
    'injected',
    'null',
    '[]',
    '{}',
    '{"version":1,"hash":"a","containers":["podvault-login"]}',
    '{"version":"1","hash":2,"containers":["podvault-login"]}',
    '{"version":"1","hash":"a","containers":"podvault-login"}',
    '{"version":"1","hash":"a","containers":["podvault-login",1]}',
  ])
    t.equal(injectedStatus(pod(text)), undefined, text)
})

t.test('a hash is short, and the same for the same settings', async t => {
  t.match(settingsHash(['a', 'b']), /^[0-9a-f]{12}$/)
  t.equal(settingsHash(['a', 'b']), settingsHash(['a', 'b']))
  t.not(settingsHash(['a', 'b']), settingsHash(['ab', '']))
})

t.test('what was added counts by the names it was given', async t => {
  const volumeMounts = [{ name: 'vault-secrets', mountPath: '/x' }]
  const compatible = (undo: object): Pod => ({
    metadata: {
      annotations: {
        'podvault.dev/status': JSON.stringify({ version: '1', hash: 'a', containers: ['init', 'app'], undo }),
      },
    },
    spec: { initContainers: [{ name: 'init', volumeMounts }], containers: [{ name: 'app', volumeMounts }] },
  })
  const volumes = ['vault-secrets']
  t.match(injectedStatus(compatible({ containers: ['init'], volumes })), { hash: 'a' })
  t.match(injectedStatus(compatible({ containers: [], volumes })), { hash: 'a' })
  t.equal(injectedStatus(compatible({ containers: ['gone'], volumes })), undefined)
  t.equal(injectedStatus(compatible({ containers: ['init'], volumes: ['other'] })), undefined)
})

t.test('what undoes an injection is read as strictly', async t => {
  const undo = { containers: ['podvault-login'], volumes: ['v'] }
  const read = (given: unknown) => readStatus(JSON.stringify({ version: '1', hash: 'a', containers: [], undo: given }))
  const full = { ...undo, shareProcessNamespace: true, empty: { volumes: null, 'app/env': [] } }
  for (const fine of [undo, full, { ...undo, shareProcessNamespace: null, annotations: { a: 'b', c: null } }])
    t.strictSame(read(fine)?.undo, fine)
  for (const wrong of [
    null,
    [],
    { containers: [] },
    { ...undo, volumes: [1] },
    { ...undo, shareProcessNamespace: 'no' },
    { ...undo, empty: { a: ['x'] } },
    { ...undo, empty: { a: 1 } },
    { ...undo, empty: [] },
    { ...undo, annotations: { a: 1 } },
  ])
    t.equal(read(wrong), undefined, JSON.stringify(wrong))
  t.equal(readStatus(undefined), undefined)
})
