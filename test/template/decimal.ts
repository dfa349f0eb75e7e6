import t from 'tap'
import { decimalOf, divided, numberOf, times } from '../../src/template/decimal.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('sprig comes out as it does in Go', async t => {
  matchesGo(t, 'sprig')
})

t.test('infinity has no decimal, and digits have an end', async t => {
  t.throws(() => decimalOf(Number.NaN), { message: 'infinity and NaN have no decimal' })
  const large = { coefficient: 2n ** 15_000n, exponent: 0 }
  t.throws(() => times(large, large), { message: 'a number has too many digits' })
  t.throws(() => times(large, { ...large, coefficient: -large.coefficient }), {
    message: 'a number has too many digits',
  })
  t.throws(() => divided(large, { coefficient: 0n, exponent: 0 }), { message: 'division by zero' })
  t.equal(numberOf(divided(decimalOf(1), decimalOf(-3))), -0.3333333333333333)
})
