import fc from 'fast-check'
import t from 'tap'
import { changeOf, eventsFor, isAffected } from '../../src/agent/affected.ts'
import { requestOf } from '../../src/agent/requests.ts'
import type { Entry } from '../../src/contract.ts'
import { entry } from '../fixtures/agent.ts'
import { written } from '../fixtures/event-server.ts'

const request = (path: string, more: Partial<Entry> = {}) => requestOf(entry(path, {}, more))
const kv = { path: 'secret/', versioned: true }
const eventAt = (metadata: object, plugin?: object) =>
  JSON.stringify({ data: { event: { metadata }, ...(plugin && { plugin_info: plugin }) } })
const affects = (message: string, path: string, mount?: typeof kv) => {
  const change = changeOf(message)
  return change !== undefined && isAffected(request(path), mount, change)
}

t.test('a write to a secret of KV version 2 is about that secret, and about no other', async t => {
  const message = written('secret/', 'app/db')
  t.ok(affects(message, 'secret/app/db', kv))
  t.ok(affects(message, 'secret/app/db'), 'also where Vault would not say which engine it is')
  t.ok(affects(message, 'secret/data/app/db'), 'and where the pod writes the path as Vault has it')
  for (const path of ['secret/app', 'secret/app/db2', 'secret/db', 'other/app/db', 'app/db'])
    t.notOk(affects(message, path, path.startsWith('secret/') ? kv : undefined), path)
})

t.test('a mount of several segments is told from the path behind it', async t => {
  const mount = { path: 'team/a/', versioned: true }
  t.ok(affects(written('team/a/', 'db'), 'team/a/db', mount))
  t.notOk(affects(written('team/', 'a/db'), 'team/a/db', mount))
})

t.test('deletions, restorations and patches are changes too; what changed nothing is none', async t => {
  for (const part of ['data', 'metadata', 'delete', 'undelete', 'destroy'])
    t.ok(affects(eventAt({ path: `secret/${part}/app/db`, modified: 'true' }), 'secret/app/db', kv), part)
  for (const modified of ['false', false])
    t.equal(changeOf(eventAt({ path: 'secret/data/app/db', modified })), undefined)
  t.ok(affects(eventAt({ path: 'secret/data/app/db' }), 'secret/app/db', kv), 'one that does not say may be one')
})

t.test('a path without its mount is put behind it', async t => {
  const message = eventAt({ path: 'app/db', data_path: 'data/app/db' }, { mount_path: 'secret/' })
  t.ok(affects(message, 'secret/app/db', kv))
})

t.test('KV version 1 has nothing behind its mount', async t => {
  const mount = { path: 'old/', versioned: false }
  t.ok(affects(eventAt({ path: 'old/app/db' }), 'old/app/db', mount))
  t.notOk(affects(eventAt({ path: 'old/data/app/db' }), 'old/app/db', mount))
})

t.test('the rotation of a password is about its static credentials', async t => {
  const plugin = { mount_path: 'database/' }
  const message = eventAt({ operation: 'rotate', path: 'rotate-role/app', name: 'app', modified: 'true' }, plugin)
  t.ok(affects(message, 'database/static-creds/app'))
  t.notOk(affects(message, 'database/static-creds/other'))
  t.notOk(affects(message, 'database/creds/app'))
})

t.test('the namespace is told without its slashes', async t => {
  t.equal(changeOf(written('secret/', 'a', { namespace: 'team-a/sub/' }))?.namespace, 'team-a/sub')
  t.equal(changeOf(written('secret/', 'a'))?.namespace, '')
})

t.test('whatever else comes is no event, and breaks nothing', async t => {
  const junk = ['', '{', 'null', '[]', '{"data":{}}', '{"data":{"event":{"metadata":1}}}', '{"data":null}', '\0']
  for (const message of junk) t.equal(changeOf(message), undefined, message)
  t.equal(changeOf(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), undefined, 'nor what is nested too deeply')
  t.strictSame([...(changeOf(eventAt({ path: 1, data_path: ['x'] }))?.paths ?? ['-'])], [])
  t.notOk(affects('{"data":{"event":{"metadata":{"__proto__":{"path":"secret/data/app/db"}}}}}', 'secret/app/db', kv))
  fc.assert(
    fc.property(fc.json(), message => {
      const change = changeOf(message)
      if (change !== undefined) isAffected(request('secret/app/db'), kv, change)
    }),
    { numRuns: 2000 },
  )
})

t.test('is asked for what there is to hear', async t => {
  t.strictSame(eventsFor([request('secret/a'), request('old/b')]), ['kv*'])
  t.strictSame(eventsFor([request('database/static-creds/app')]), ['database/*'])
  t.strictSame(eventsFor([request('database/static-creds/app'), request('secret/a')]), ['kv*', 'database/*'])
  t.strictSame(eventsFor([request('pki/issue/web', { method: 'PUT' })]), [], 'of what is made for us nobody else hears')
})
