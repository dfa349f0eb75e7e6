import t from 'tap'
import { eachOf, readerOf } from '../../src/agent/read.ts'
import { stageOf } from '../fixtures/agent.ts'
import { putSecret } from '../fixtures/vault-memory.ts'

const root = { token: 'root' }

t.test('each engine is looked up once, however many secrets are read at once', async t => {
  const stage = await stageOf(t)
  const paths = ['secret/a', 'secret/b', 'secret/c', 'kv/a', 'kv/b']
  for (const path of paths) putSecret(stage.vault.memory, path, { path })
  const reader = readerOf(stage.agent.vault)
  const reads = await Promise.all(paths.map(path => reader.read(root, path)))
  t.match(
    reads,
    paths.map(path => ({ kind: 'ok', value: { secret: { data: { path } } } })),
  )
  t.equal(stage.asked().filter(path => path.startsWith('sys/')).length, 2)
  t.strictSame(reader.mountOf('secret/z'), { path: 'secret/', versioned: true })
  const again = readerOf(stage.agent.vault, reader.mounts())
  await again.read(root, 'secret/a')
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
    await Promise.all(paths.map(path => reader.read(root, path))),
    paths.map(() => ({ kind: 'ok' })),
  )
  t.equal(stage.asked().filter(path => path.startsWith('sys/')).length, 2)
  reader.forget('team/one/a')
  t.equal(reader.mountOf('team/one/a'), undefined)
  t.ok(reader.mountOf('team/two/a'))
})

t.test('a Vault that will not tell the engine is read without; one that is away is a failure', async t => {
  const stage = await stageOf(t)
  const reader = readerOf(stage.agent.vault)
  stage.vault.fail({ path: /^sys\/internal/, status: 404, body: { errors: [] } })
  t.match(await reader.read(root, 'secret/app/db'), { kind: 'ok', value: { mount: undefined } })
  stage.vault.heal()
  stage.vault.fail({ path: /^sys\/internal/, status: 500 })
  t.match(await reader.read(root, 'secret/app/db'), { kind: 'status', status: 500 })
  stage.vault.heal()
  t.match(await reader.read(root, 'secret/app/db'), { kind: 'ok', value: { mount: { path: 'secret/' } } })
  t.match(await reader.read(root, 'secret/gone'), { kind: 'status', status: 404 })
})

t.test('a stopped lookup does not stop those that wait for it', async t => {
  const stage = await stageOf(t)
  const reader = readerOf(stage.agent.vault)
  const stop = new AbortController()
  const first = reader.read({ ...root, signal: stop.signal }, 'secret/app/db')
  const second = reader.read(root, 'secret/app/db')
  stop.abort(new Error('enough'))
  await t.rejects(first, new Error('enough'))
  t.match(await second, { kind: 'ok' })
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
