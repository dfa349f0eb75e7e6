import fc from 'fast-check'
import t from 'tap'
import { requestFor, requestOf } from '../../src/agent/requests.ts'
import { sortedJson } from '../../src/agent/sorted-json.ts'
import type { Entry } from '../../src/contract.ts'
import { entry, idOf } from '../fixtures/agent.ts'

const id = (path: string, more: Partial<Entry> = {}) => requestOf(entry(path, {}, more)).id

t.test('the same question is the same request, whoever asks and however it is written', async t => {
  t.equal(id('/secret//app/'), idOf('secret/app'))
  t.equal(requestOf(entry('a/b', { A: 'x' }, { optional: true, default: { x: 1 } })).id, id('a/b'))
  t.equal(id('a/b', { params: { x: 1, y: { c: 2, b: 3 } } }), id('a/b', { params: { y: { b: 3, c: 2 }, x: 1 } }))
  t.equal(id('a', { files: [{ name: 'f', format: 'json' }] }), id('a'))
})

t.test('another path, method, params, engine or version is another request', async t => {
  const all = [
    id('a'),
    id('b'),
    id('a', { method: 'PUT' }),
    id('a', { method: 'POST' }),
    id('a', { params: {}, method: 'POST' }),
    id('a', { params: { x: 1 } }),
    id('a', { kv: 'v1' }),
    id('a', { kv: 'v2' }),
    id('a', { version: 2 }),
    id('a', { version: 3 }),
    id('a/data/b'),
    id('a/data/b', { files: [{ name: 'f', format: 'vault-agent-map' }] }),
  ]
  t.equal(new Set(all).size, all.length)
})

t.test('a path for the forms of vault-k8s may have its data/ already', async t => {
  const files = [{ name: 'f', format: 'vault-agent-json' }] as const
  t.equal(requestOf(entry('secret/data/a', {}, { files })).spelledOut, true)
  t.equal(requestOf(entry('secret/data/a', {}, { files: [{ name: 'f', format: 'json' }] })).spelledOut, undefined)
})

t.test('params make a PUT unless the method says POST, and only version 2 has versions', async t => {
  t.match(requestOf(entry('a', {}, { params: { x: 1 } })), { method: 'PUT', params: { x: 1 } })
  t.match(requestOf(entry('a', {}, { params: { x: 1 }, method: 'POST' })), { method: 'POST' })
  t.match(requestOf(entry('a', {}, { version: 2 })), { method: 'GET', version: 2, kv: 'v2' })
  t.strictSame(requestOf(entry('a')), { method: 'GET', path: 'a', id: idOf('a') })
})

t.test('no two questions share an id', async () => {
  const part = fc.string({ unit: fc.constantFrom('a', '"', '{', ',', ':', '\\'), minLength: 1 })
  const question = fc.record({ path: part, params: fc.dictionary(part, part) })
  fc.assert(
    fc.property(question, question, (one, other) => {
      const same = one.path === other.path && sortedJson(one.params) === sortedJson(other.params)
      return (id(one.path, { params: one.params }) === id(other.path, { params: other.params })) === same
    }),
    { numRuns: 2000 },
  )
})

const question = (method: 'read' | 'write' | 'list' | 'pki', path: string, params: Record<string, string> = {}) =>
  requestFor({ method, path, params })

t.test('a template’s question is the same request as that of an entry', async t => {
  const plain = [{ name: 'f', format: 'vault-agent-map' }] as const
  t.equal(question('read', 'database/creds/app').id, id('database/creds/app'))
  t.equal(question('read', 'secret/app').id, id('secret/app', { files: plain }))
  t.equal(question('read', 'secret/data/app').id, id('secret/data/app', { kv: 'v1', files: plain }))
  t.equal(question('read', 'secret/app', { version: '3' }).id, id('secret/app', { version: 3 }))
  t.equal(question('write', 'pki/issue/web', { ttl: '1h' }).id, id('pki/issue/web', { params: { ttl: '1h' } }))
  t.equal(question('pki', 'pki/issue/web', { ttl: '1h' }).id, id('pki/issue/web', { params: { ttl: '1h' } }))
})

t.test('what an entry cannot ask is a request of its own', async t => {
  t.match(question('list', 'secret/metadata/team'), { method: 'GET', query: { list: 'true' }, spelledOut: true })
  t.match(question('read', 'secret/data/app', { version: '2', x: 'y' }), { kv: 'v2', version: 2, query: { x: 'y' } })
  t.match(question('read', 'secret/app', { version: 'two' }), { query: { version: 'two' } })
  t.match(question('read', 'team/kv/data/app'), { spelledOut: true })
  t.equal(question('read', 'team/kv/data/app').kv, undefined)
  t.equal(question('read', 'secret/data').kv, undefined)
})

t.test('a path that leads elsewhere is refused, and not shown', async t => {
  for (const path of ['a/../b', './a', '..', 'a\udcff'])
    t.throws(() => question('read', path), { message: /"\." or "\.\." in it$/ })
})
