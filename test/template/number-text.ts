import t from 'tap'
import { integerIn } from '../../src/template/number-text.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('helpers comes out as it does in Go', async t => {
  matchesGo(t, 'helpers')
})

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('format comes out as it does in Go', async t => {
  matchesGo(t, 'format')
})

t.test('integers are read in the bases of Go', async t => {
  for (const [text, value] of [
    ['0x_1F', 31n],
    ['0o17', 15n],
    ['0_17', 15n],
    ['0b1_1', 3n],
    ['-1_000', -1000n],
    ['0', 0n],
    ['00', 0n],
  ] as const)
    t.equal(integerIn(text), value, text)
  for (const text of ['', '08', '0x', '1__0', '_1', '1_', '0b2', 'x', '9'.repeat(201)])
    t.equal(integerIn(text), undefined, text)
})
