import t from 'tap'
import { factOf, wordsOf } from '../../src/cli/facts.ts'

t.test('an answer is a value, and a failure a sentence', async t => {
  t.same(await factOf('not known', Promise.resolve(7)), { value: 7 })
  t.same(await factOf('not known', Promise.reject(new Error('forbidden'))), { lack: 'not known: forbidden' })
  t.same(await factOf('', Promise.reject(new Error('forbidden'))), { lack: 'forbidden' })
})

t.test('of what kubectl says only the words of the API server are left', t => {
  t.equal(wordsOf(new Error('kubectl failed: Error from server (Forbidden): pods is forbidden')), 'pods is forbidden')
  t.equal(wordsOf(new Error('kubectl failed: Error from server (X): error when creating "STDIN": no')), 'no')
  t.equal(wordsOf(new Error('kubectl failed: error: no such flag')), 'error: no such flag')
  t.end()
})
