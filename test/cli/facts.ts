import t from 'tap'
import { factOf } from '../../src/cli/facts.ts'

t.test('an answer is a value, and a failure a sentence', async t => {
  t.same(await factOf('not known', Promise.resolve(7)), { value: 7 })
  t.same(await factOf('not known', Promise.reject(new Error('forbidden'))), { lack: 'not known: forbidden' })
  t.same(await factOf('', Promise.reject(new Error('forbidden'))), { lack: 'forbidden' })
})
