import t from 'tap'
import { readSecretsFile } from '../../src/inject/read-secrets-file.ts'
import { parseYamlSecretsFile } from '../../src/inject/yaml-secrets-file.ts'

t.test('a file is read in the syntax it is written in', async t => {
  t.match(readSecretsFile('PASSWORD=app/db#password\n'), { entries: [{ path: 'secret/app/db' }] })
  const yaml = 'secrets:\n- path: secret/app\n'
  t.same(readSecretsFile(yaml), parseYamlSecretsFile(yaml))
})
