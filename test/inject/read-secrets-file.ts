import t from 'tap'
import { readSecretsFile } from '../../src/inject/read-secrets-file.ts'

t.test('the syntax is told by the content', async t => {
  t.strictSame(readSecretsFile('A=x#k'), { entries: [{ path: 'secret/x', env: [{ name: 'A', key: 'k' }], files: [] }] })
  t.strictSame(readSecretsFile('secrets: [{path: secret/x, env: {A: k}}]'), readSecretsFile('A=x#k'))
  t.strictSame(readSecretsFile(''), { entries: [] })
})
