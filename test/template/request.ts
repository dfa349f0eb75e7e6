import t from 'tap'
import { listRequest, pkiRequest, requestKey, secretRequest } from '../../src/template/request.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('a path is trimmed and its query is its params', async t => {
  t.strictSame(secretRequest([' /a/b%20c/?version=2&x=y+z&flag&=v#rest ']), {
    method: 'read',
    path: 'a/b c/',
    params: { version: '2', x: 'y z', flag: '', '': 'v' },
  })
  t.strictSame(secretRequest(['a?x?y=1']).params, { 'x?y': '1' })
  t.throws(() => secretRequest([' / ']), { message: 'the path is empty' })
  t.throws(() => secretRequest([]), { message: 'the path is empty' })
  t.throws(() => secretRequest(['a:b/c']), { message: /":"/ })
  t.throws(() => secretRequest(['a%']), { message: /"%"/ })
})

t.test('words are params of a write', async t => {
  t.strictSame(secretRequest(['a', ' k = v=w ', '']), { method: 'write', path: 'a', params: { k: 'v=w' } })
  t.throws(() => secretRequest(['a', 'k']), { message: 'parameters are written "name=value"' })
  t.strictSame(pkiRequest(['/a/', 'k=v']), { method: 'pki', path: 'a', params: { k: 'v' } })
  t.throws(() => pkiRequest([]), { message: 'the path is empty' })
  t.strictSame(listRequest('a/'), { method: 'list', path: 'a', params: {} })
})

t.test('the order of params makes no other request', async t => {
  const [one, two] = [
    { b: '1', a: '2' },
    { a: '2', b: '1' },
  ].map(params => requestKey({ method: 'write', path: 'x', params }))
  t.equal(one, two)
  t.not(one, requestKey({ method: 'pki', path: 'x', params: { a: '2', b: '1' } }))
})
