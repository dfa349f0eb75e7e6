import t from 'tap'
import { matchAt, takenAt } from '../../src/template/match.ts'

t.test('a sticky expression matches where it is told to, or not', async t => {
  t.strictSame([...matchAt(/(b)(x)?/y, 'ab', 1)], ['b', 'b', undefined])
  t.strictSame([...matchAt(/b/y, 'ab', 0)], [])
  t.equal(takenAt(/b*/y, 'abb', 1), 'bb')
  t.equal(takenAt(/x*/y, 'abb', 1), '')
})
