import { join } from 'node:path'
import t from 'tap'
import { readMounted } from '../../src/agent/mounted.ts'
import { entry } from '../fixtures/agent.ts'

t.test('all secrets files of a ConfigMap are read, in the order of their names', async t => {
  const folder = t.testdir({
    'notes.txt': 'C=app#c',
    'app.secrets': 'B=app//db#password\n',
    'url.tpl': '{{ a template }}',
    '..data': { ignored: 'not a secrets file at all' },
    '..2026': 'nor this',
  })
  t.strictSame(await readMounted({ mounted: [{ configMap: 'cm', folder }] }), [
    { name: 'app', source: 'ConfigMap cm, key app.secrets', entries: [entry('secret/app//db', { B: 'password' })] },
    { name: 'notes.txt', source: 'ConfigMap cm, key notes.txt', entries: [entry('secret/app', { C: 'c' })] },
  ])
})

t.test('YAML is read as well', async t => {
  const folder = t.testdir({ 'app.yaml': 'secrets:\n- path: kv/app\n  files: [{name: app.json, format: json}]\n' })
  t.match(await readMounted({ mounted: [{ configMap: 'cm', folder }] }), [
    { name: 'app.yaml', entries: [{ path: 'kv/app', env: [], files: [{ name: 'app.json', format: 'json' }] }] },
  ])
})

t.test('inline files whose templates stand in files come first, the others not at all', async t => {
  const folder = t.testdir({ 'url.tpl': '{{ .b }}' })
  const output = { name: 'url', format: 'template' } as const
  const inline = (more: object) => ({
    name: 'inline',
    entries: [entry('kv/a', {}, { files: [{ ...output, ...more }] })],
  })
  const files = [inline({ template: '{{ .a }}' }), inline({ templateFile: join(folder, 'url.tpl') })]
  t.match(await readMounted({ files, mounted: [{ configMap: 'cm', folder }] }), [
    { name: 'inline', source: 'the inline secrets file', entries: [{ files: [{ template: '{{ .b }}' }] }] },
  ])
})

t.test('with a key, only that one is read', async t => {
  const folder = t.testdir({ 'app.secrets': 'B=app#b\n', other: '= broken' })
  const mounted = { configMap: 'cm', folder }
  const one = await readMounted({ mounted: [{ ...mounted, key: 'app.secrets' }] })
  t.strictSame(
    one.map(({ name }) => name),
    ['app'],
  )
  await t.rejects(readMounted({ mounted: [{ ...mounted, key: 'gone' }] }), {
    message: 'the ConfigMap cm has no key gone',
    hint: 'it has: app.secrets, other',
  })
})

t.test('a key that is a template is there for those who name it, and no secrets file', async t => {
  const folder = t.testdir({ 'url.tpl': '{{ a template }}' })
  t.strictSame(await readMounted({ mounted: [{ configMap: 'cm', folder, key: 'url.tpl' }] }), [])
  await t.rejects(readMounted({ mounted: [{ configMap: 'cm', folder, key: 'other.tpl' }] }), {
    message: /has no key other\.tpl/,
  })
})

t.test('an empty ConfigMap has nothing to ask, and its key is missed with a sentence', async t => {
  const folder = t.testdir({})
  t.strictSame(await readMounted({ mounted: [{ configMap: 'cm', folder }] }), [])
  await t.rejects(readMounted({ mounted: [{ configMap: 'cm', folder, key: 'x' }] }), {
    message: 'the ConfigMap cm has no key x',
    hint: 'it is empty',
  })
})

t.test('what cannot be read or parsed is named', async t => {
  const folder = t.testdir({ bad: 'A=app#a\nnonsense\n', yaml: 'secrets:\n- pth: x\n', folder: {} })
  const read = (key: string) => readMounted({ mounted: [{ configMap: 'cm', folder, key }] })
  await t.rejects(read('bad'), { message: /^ConfigMap cm, key bad is no secrets file: line 2, column \d+: / })
  await t.rejects(read('yaml'), { message: /^ConfigMap cm, key yaml is no secrets file: line 2, column \d+: / })
  await t.rejects(read('folder'), { message: /^ConfigMap cm, key folder cannot be read: EISDIR/ })
  const gone = readMounted({ mounted: [{ configMap: 'cm', folder: join(folder, 'gone') }] })
  await t.rejects(gone, { code: 'usage', message: /^the ConfigMap cm cannot be read: ENOENT/ })
})

t.test('a variable that the pod refers to must not vanish', async t => {
  const folder = t.testdir({ a: 'A=app#a\n', b: 'B=app#b\n' })
  const read = (...variables: readonly string[]) => readMounted({ mounted: [{ configMap: 'cm', folder, variables }] })
  t.equal((await read('A', 'B')).length, 2)
  await t.rejects(read('A', 'C', 'D'), {
    code: 'usage',
    message: 'the ConfigMap cm no longer has C, D, which the environment of this pod refers to',
    hint: 'put it back, or create the pod anew',
  })
})
