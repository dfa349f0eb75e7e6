import t from 'tap'
import { prepare } from '../../src/agent/prepare.ts'
import { eachOf, isMissing, readerOf } from '../../src/agent/read.ts'
import type { Request } from '../../src/agent/requests.ts'
import { stageOf } from '../fixtures/agent.ts'
import { putSecret } from '../fixtures/vault-memory.ts'

const root = { token: 'root' }
const get = (path: string, more: Partial<Request> = {}): Request => ({ id: path, method: 'GET', path, ...more })

t.test('each engine is looked up once, however many secrets are read at once', async t => {
  const stage = await stageOf(t)
  const paths = ['secret/a', 'secret/b', 'secret/c', 'kv/a', 'kv/b']
  for (const path of paths) putSecret(stage.vault.memory, path, { path })
  const reader = readerOf(stage.agent.vault)
  const reads = await Promise.all(paths.map(path => reader.read(root, get(path))))
  t.match(
    reads,
    paths.map(path => ({ kind: 'ok', value: { data: { path } } })),
  )
  t.equal(stage.asked().filter(path => path.startsWith('sys/')).length, 2)
  t.strictSame(reader.mountOf(get('secret/z')), { path: 'secret/', versioned: true })
  const again = readerOf(stage.agent.vault, reader.mounts())
  await again.read(root, get('secret/a'))
  t.equal(stage.asked().filter(path => path.startsWith('sys/')).length, 2, 'not again by the next process')
})

t.test('engines below one first segment are told apart', async t => {
  const stage = await stageOf(t)
  const { mounts } = stage.vault.memory
  mounts.set('team/one/', { path: 'team/one/', type: 'kv', version: '2' })
  mounts.set('team/two/', { path: 'team/two/', type: 'kv', version: '1' })
  const paths = ['team/one/a', 'team/two/a', 'team/two/b']
  for (const path of paths) putSecret(stage.vault.memory, path, { path })
  const reader = readerOf(stage.agent.vault)
  t.match(
    await Promise.all(paths.map(path => reader.read(root, get(path)))),
    paths.map(() => ({ kind: 'ok' })),
  )
  t.equal(stage.asked().filter(path => path.startsWith('sys/')).length, 2)
  reader.forget('team/one/a')
  t.equal(reader.mountOf(get('team/one/a')), undefined)
  t.ok(reader.mountOf(get('team/two/a')))
})

t.test('a Vault that will not tell the engine is read without; one that is away is a failure', async t => {
  const stage = await stageOf(t)
  const reader = readerOf(stage.agent.vault)
  stage.vault.fail({ path: /^sys\/internal/, status: 404, body: { errors: [] } })
  t.match(await reader.read(root, get('secret/app/db')), { kind: 'ok' })
  t.strictSame(reader.mounts(), [])
  stage.vault.heal()
  stage.vault.fail({ path: /^sys\/internal/, status: 500 })
  t.match(await reader.read(root, get('secret/app/db')), { kind: 'status', status: 500 })
  stage.vault.heal()
  t.match(await reader.read(root, get('secret/app/db')), { kind: 'ok' })
  t.match(reader.mounts(), [{ path: 'secret/' }])
  t.match(await reader.read(root, get('secret/gone')), { kind: 'status', status: 404 })
})

t.test('a stopped lookup does not stop those that wait for it', async t => {
  const stage = await stageOf(t)
  const reader = readerOf(stage.agent.vault)
  const stop = new AbortController()
  const first = reader.read({ ...root, signal: stop.signal }, get('secret/app/db'))
  const second = reader.read(root, get('secret/app/db'))
  stop.abort(new Error('enough'))
  await t.rejects(first, new Error('enough'))
  t.match(await second, { kind: 'ok' })
})

t.test('told what the engine is, it spends no request on asking', async t => {
  const stage = await stageOf(t)
  putSecret(stage.vault.memory, 'kv/app', { data: { a: 1 }, metadata: { version: 1, created_time: 'x' } })
  const reader = readerOf(stage.agent.vault)
  t.match(await reader.read(root, get('kv/app', { kv: 'v1' })), { kind: 'ok', value: { data: { data: { a: 1 } } } })
  t.match(await reader.read(root, get('secret/app/db', { kv: 'v2' })), { kind: 'ok', value: { data: { port: 5432 } } })
  t.strictSame(stage.asked(), ['kv/app', 'secret/data/app/db'])
  t.equal(reader.mountOf(get('kv/app', { kv: 'v1' })), undefined)
  t.strictSame(reader.mountOf(get('secret/app', { kv: 'v2' })), { path: 'secret/', versioned: true })
  await reader.read(root, get('pki/issue/web', { method: 'PUT' }))
  t.equal(stage.asked().at(-1), 'pki/issue/web')
  t.equal(reader.mountOf(get('pki/issue/web', { method: 'PUT' })), undefined)
})

t.test('where the mount of a version 2 ends is asked when the guess gives nothing, and then known', async t => {
  const stage = await stageOf(t)
  stage.vault.memory.mounts.set('team/kv/', { path: 'team/kv/', type: 'kv', version: '2' })
  putSecret(stage.vault.memory, 'team/kv/app', { a: 1 })
  const reader = readerOf(stage.agent.vault)
  const read = () => reader.read(root, get('team/kv/app', { kv: 'v2' }))
  t.match(await read(), { kind: 'ok', value: { data: { a: 1 } } })
  t.strictSame(stage.asked(), ['team/data/kv/app', 'sys/internal/ui/mounts/team/kv/app', 'team/kv/data/app'])
  t.match(await read(), { kind: 'ok' })
  t.equal(stage.asked().at(-1), 'team/kv/data/app')
  t.equal(stage.asked().length, 4)
})

t.test('a guess that Vault refuses is checked like one that finds nothing', async t => {
  const stage = await stageOf(t)
  stage.vault.memory.mounts.set('team/kv/', { path: 'team/kv/', type: 'kv', version: '2' })
  putSecret(stage.vault.memory, 'team/kv/app', { a: 1 })
  stage.vault.fail({ path: 'team/data/kv/app', status: 403, body: { errors: ['permission denied'] } })
  const reader = readerOf(stage.agent.vault)
  t.match(await reader.read(root, get('team/kv/app', { kv: 'v2' })), { kind: 'ok', value: { data: { a: 1 } } })
})

t.test('a guess that Vault agrees with, or says nothing about, is not tried twice', async t => {
  const stage = await stageOf(t)
  const reader = readerOf(stage.agent.vault)
  const read = (path: string) => reader.read(root, get(path, { kv: 'v2' }))
  t.match(await read('secret/gone'), { kind: 'status', status: 404 })
  t.match(await read('secret/gone'), { kind: 'status', status: 404 })
  const mountPage = 'sys/internal/ui/mounts/'
  t.strictSame(stage.asked(), ['secret/data/gone', `${mountPage}secret/gone`, 'secret/data/gone'])
  t.match(await read('kv/app'), { kind: 'status', status: 404 }, 'version 1 has no versions')
  t.strictSame(stage.asked().slice(3), ['kv/data/app', `${mountPage}kv/app`])
  stage.vault.fail({ path: /^sys/, status: 500 })
  t.match(await read('team/app'), { kind: 'status', status: 404 })
  stage.vault.memory.secrets.set('secret/deleted', { data: null, version: 1, createdAt: 0 })
  const other = readerOf(stage.agent.vault)
  const asked = stage.vault.requests.length
  const deleted = await other.read(root, get('secret/deleted', { kv: 'v2' }))
  t.match(deleted, { gone: { version: 1 } })
  t.equal(stage.vault.requests.length, asked + 1)
  t.ok(isMissing(deleted))
  t.notOk(isMissing({ kind: 'ok', value: 1 }))
})

t.test('at most eight are worked on at a time, in any order, results in theirs', async t => {
  let [running, most] = [0, 0]
  const items = Array.from({ length: 30 }, (_, index) => index)
  const results = await eachOf(items, async item => {
    running += 1
    most = Math.max(most, running)
    for (let turn = 0; turn <= (item * 7) % 5; turn += 1) await new Promise(resolve => setImmediate(resolve))
    running -= 1
    return item * 2
  })
  t.strictSame(
    results,
    items.map(item => item * 2),
  )
  t.equal(most, 8)
  t.strictSame(await eachOf([], async () => 1), [])
  await t.rejects(
    eachOf([1, 2], async () => Promise.reject(new Error('no'))),
    new Error('no'),
  )
})

t.test('a write into KV version 2 is wrapped as that wants it, and no other is', async t => {
  const stage = await stageOf(t)
  const reader = readerOf(stage.agent.vault)
  await prepare(stage.agent, false)
  const bearer = { token: [...stage.vault.memory.tokens.keys()].join('') }
  const write = async (path: string) => reader.read(bearer, get(path, { method: 'PUT', params: { a: '1' } }))
  t.match(await write('secret/new'), { kind: 'ok', value: { data: { version: 1 } } })
  t.match(await write('secret/data/new'), { kind: 'ok', value: { data: { version: 2 } } })
  t.match(stage.vault.memory.secrets.get('secret/new'), { data: { a: '1' } })
  t.match(await write('kv/new'), { kind: 'ok', value: { data: {} } })
  t.match(stage.vault.memory.secrets.get('kv/new'), { data: { a: '1' } })
  t.match(await write('nowhere/new'), { kind: 'status', status: 404 })
  stage.vault.fail({ path: 'kv/odd', status: 400, body: { errors: ['no data provided'] } })
  t.match(await write('kv/odd'), { kind: 'status', status: 400 })
})
