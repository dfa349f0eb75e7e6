import t from 'tap'
import { digest } from '../../src/template/digest.ts'

t.test('hashes and keyed hashes are hexadecimal', async t => {
  const data = new TextEncoder().encode('abc')
  t.equal(digest('md5', data), '900150983cd24fb0d6963f7d28e17f72')
  // https://www.rfc-editor.org/rfc/rfc4231#section-4.3
  const message = new TextEncoder().encode('what do ya want for nothing?')
  t.equal(
    digest('sha256', message, new TextEncoder().encode('Jefe')),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})
