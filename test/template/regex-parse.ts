import t from 'tap'
import { parsePattern } from '../../src/template/regex-parse.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('regex comes out as it does in Go', async t => {
  matchesGo(t, 'regex')
})

t.test('groups have a depth', async t => {
  t.throws(() => parsePattern('('.repeat(101) + ')'.repeat(101)), { message: /not one that Go reads/ })
  t.equal(parsePattern('('.repeat(100) + ')'.repeat(100)).groups, 100)
})
