import { join } from 'node:path'
import t from 'tap'
import { secretsFiles } from '../../src/agent/secrets-files.ts'
import { variable } from '../fixtures/agent.ts'

const inline = { name: 'web', variables: [variable('A', '//secret//app/', 'a')] }

t.test('inline and mounted files come with their source, their paths folded', async t => {
  const folder = t.testdir({
    'app.secrets': 'B=app//db#password\n',
    'notes.txt': 'C=app#c',
    '..data': { ignored: 'not a secrets file at all' },
    '..2026': 'nor this',
  })
  const files = secretsFiles({ files: [inline], mounted: [{ configMap: 'cm', folder }] })
  t.strictSame(files, [
    { name: 'web', source: 'the inline secrets file', inline: true, variables: [variable('A', 'secret/app', 'a')] },
    {
      name: 'app',
      source: 'ConfigMap cm, key app.secrets',
      inline: false,
      variables: [variable('B', 'secret/app/db', 'password')],
    },
    {
      name: 'notes.txt',
      source: 'ConfigMap cm, key notes.txt',
      inline: false,
      variables: [variable('C', 'secret/app', 'c')],
    },
  ])
})

t.test('with a key, only that one is read', async t => {
  const folder = t.testdir({ 'app.secrets': 'B=app#b\n', other: '= broken' })
  const mounted = { configMap: 'cm', folder }
  t.strictSame(
    secretsFiles({ files: [], mounted: [{ ...mounted, key: 'app.secrets' }] }).map(({ name }) => name),
    ['app'],
  )
  const missing = () => secretsFiles({ files: [], mounted: [{ ...mounted, key: 'gone' }] })
  t.throws(missing, { message: 'the ConfigMap cm has no key gone', hint: 'it has: app.secrets, other' })
})

t.test('an empty ConfigMap has nothing to ask, and its key is missed with a sentence', async t => {
  const folder = t.testdir({})
  t.strictSame(secretsFiles({ files: [], mounted: [{ configMap: 'cm', folder }] }), [])
  t.throws(() => secretsFiles({ files: [], mounted: [{ configMap: 'cm', folder, key: 'x' }] }), {
    message: 'the ConfigMap cm has no key x',
    hint: 'it is empty',
  })
})

t.test('what cannot be read or parsed is named', async t => {
  const folder = t.testdir({ bad: 'A=app#a\nnonsense\n', folder: {} })
  const read = (key: string) => secretsFiles({ files: [], mounted: [{ configMap: 'cm', folder, key }] })
  t.throws(() => read('bad'), { message: /^ConfigMap cm, key bad is no secrets file: line 2, column \d+: / })
  t.throws(() => read('folder'), { message: /^ConfigMap cm, key folder cannot be read: EISDIR/ })
  const gone = () => secretsFiles({ files: [], mounted: [{ configMap: 'cm', folder: join(folder, 'gone') }] })
  t.throws(gone, { code: 'usage', message: /^the ConfigMap cm cannot be read: ENOENT/ })
})

t.test('two files or variables of one name are refused, naming both', async t => {
  const folder = t.testdir({ 'web.secrets': 'B=app#b\n', other: 'A=app#a\n' })
  const mounted = (key: string) => () => secretsFiles({ files: [inline], mounted: [{ configMap: 'cm', folder, key }] })
  t.throws(mounted('web.secrets'), {
    message: 'the file web.json is given twice, by the inline secrets file and by ConfigMap cm, key web.secrets',
    hint: 'give one of them another name',
  })
  t.throws(mounted('other'), {
    message: 'the variable A is given twice, by the inline secrets file and by ConfigMap cm, key other',
  })
})
