import t from 'tap'
import fc from 'fast-check'
import { base32, fromBase32 } from '../../src/template/base32.ts'
import { bytesOf } from '../../src/template/bytes.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('sprig comes out as it does in Go', async t => {
  matchesGo(t, 'sprig')
})

t.test('what is no base32 is refused, unlike in sprig, which renders its error', async t => {
  for (const text of ['a', 'ABCDEFG', 'ME====ME', 'ME=====A', 'M=======', '1BSWY3DP', 'MFRA====MFRA===='])
    t.throws(() => fromBase32(text), { message: 'this is no base32' }, text)
})

t.test('any bytes come out again', async t => {
  fc.assert(fc.property(fc.uint8Array(), bytes => Buffer.from(bytesOf(fromBase32(base32(bytes)))).equals(bytes)))
  t.equal(base32(new TextEncoder().encode('foobar')), 'MZXW6YTBOI======')
})
