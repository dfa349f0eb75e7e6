import t from 'tap'
import { filesOf, inlineFiles } from '../../src/inject/files.ts'
import type { Texts } from '../../src/inject/settings.ts'
import { knowing, read } from '../fixtures/pods.ts'

const known = {
  app: { 'a.secrets': 'A=x#k', 'b.yaml': 'secrets: [{path: x/y, env: {B: k}}]' },
  broken: { x: 'A', y: 'secrets: [{}]' },
  empty: {},
}
const files = (annotations: Texts) => filesOf(read(annotations).intent, 'default', knowing(known))
const messages = (annotations: Texts) => files(annotations).problems.map(({ message }) => message)

t.test('an inline secrets file is called secrets, in either syntax', async t => {
  const entries = [{ path: 'secret/x', env: [{ name: 'A', key: 'k' }], files: [] }]
  t.strictSame(inlineFiles(files({})), [])
  t.strictSame(inlineFiles(files({ secrets: 'A=x#k\n' })), [{ name: 'secrets', entries }])
  t.strictSame(inlineFiles(files({ secrets: 'secrets: [{path: secret/x, env: {A: k}}]' })), [
    { name: 'secrets', entries },
  ])
  t.strictSame(inlineFiles(files({ 'secrets-file': 'app' })), [], 'a ConfigMap is none')
})

t.test('a broken secrets file is refused with its line and column', async t => {
  t.strictSame(messages({ secrets: 'A=x#k\nA=y\nB' }), [
    'podvault.dev/secrets, line 2, column 4: "#" and a key are expected here: a secret is written [NAME=]path#key',
    'podvault.dev/secrets, line 3, column 2: "#" and a key are expected here: a secret is written [NAME=]path#key',
  ])
  t.match(messages({ 'secrets-file': 'broken' }), [
    /^ConfigMap broken, key x, line 1, column 2: "#"/,
    /^ConfigMap broken, key y, line 1, column 11: a secret needs a path/,
    /^ConfigMap broken, key y, line 1, column 11: nothing is made of this secret/,
  ])
  t.equal(messages({ 'secrets-file': 'broken/x' }).length, 1, 'only what is meant is looked at')
})

t.test('a ConfigMap that is known tells its files, all or those that are named', async t => {
  const names = (annotations: Texts) => files(annotations).known.map(({ name, source }) => `${name}: ${source}`)
  t.strictSame(names({ 'secrets-file': 'app' }), [
    'a: ConfigMap app, key a.secrets',
    'b.yaml: ConfigMap app, key b.yaml',
  ])
  t.strictSame(names({ 'secrets-file': 'app/b.yaml' }), ['b.yaml: ConfigMap app, key b.yaml'])
  t.strictSame(names({ 'secrets-file': 'app,app/b.yaml' }).length, 2, 'each once')
  t.strictSame(names({ 'secrets-file': 'empty' }), [])
})

t.test('what is not known is left to the agent', async t => {
  t.strictSame(files({ 'secrets-file': 'elsewhere,other/k' }), {
    known: [],
    unknown: [{ name: 'elsewhere' }, { name: 'other', key: 'k' }],
    problems: [],
  })
})

t.test('a key that a known ConfigMap lacks is refused, with those it has', async t => {
  t.strictSame(messages({ 'secrets-file': 'app/c.secrets' }), [
    'podvault.dev/secrets-file names key "c.secrets" of ConfigMap app, which has "a.secrets, b.yaml"',
  ])
  t.strictSame(messages({ 'secrets-file': 'empty/c' }), [
    'podvault.dev/secrets-file names key "c" of ConfigMap empty, which has no secrets file',
  ])
  t.strictSame(messages({ 'secrets-file': 'app/c.ctmpl' }), [], 'a template is none')
})
