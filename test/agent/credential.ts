import { join } from 'node:path'
import t from 'tap'
import { contentOf, credential } from '../../src/agent/credential.ts'
import type { PodvaultError } from '../../src/errors.ts'

t.test('a credential is the one line of its file, without what editors put around it', async t => {
  const folder = t.testdir({ id: '\n abc-def \n', empty: ' \n', two: 'hunter2\nhunter3\n' })
  const read = (name: string) => credential(join(folder, name), 'the role id')
  t.equal(read('id'), 'abc-def')
  t.throws(() => read('empty'), { code: 'failed', message: `the role id in ${folder}/empty is empty` })
  t.throws(() => read('two'), { code: 'failed', message: `the role id in ${folder}/two has more than one line` })
  t.throws(() => read('none'), { code: 'failed', message: /^the role id cannot be read: ENOENT.*none'/ })
})

t.test('whatever is wrong, what stands in the file is not told', async t => {
  const folder = t.testdir({ two: 'hunter2\nhunter3\n' })
  try {
    credential(join(folder, 'two'), 'the token')
    t.fail('it is refused')
  } catch (error) {
    t.notMatch((error as PodvaultError).message, 'hunter')
  }
  t.equal(contentOf(join(folder, 'two'), 'the login file'), 'hunter2\nhunter3\n')
})
