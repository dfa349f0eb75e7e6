import t from 'tap'
import { cut, shortWarnings } from '../../src/webhook/cut.ts'

t.test('a text that fits stays as it is', async t => {
  t.equal(cut('short', 5), 'short')
  t.equal(cut('éé', 4), 'éé')
})

t.test('a text that is too long is cut between two characters', async t => {
  t.equal(cut('abcdefgh', 7), 'abcd…')
  t.equal(cut('abcéfgh', 7), 'abc…')
  t.equal(cut('😀😀😀', 9), '😀…')
})

t.test('warnings are counted and cut', async t => {
  t.same(shortWarnings(['1', '2', '3', '4', '5']), ['1', '2', '3', '4', '5'])
  t.same(shortWarnings(['1', '2', '3', '4', '5', '6']), ['1', '2', '3', '4', 'and 2 more warnings'])
  t.same(shortWarnings(['w'.repeat(121)]), [`${'w'.repeat(117)}…`])
})
