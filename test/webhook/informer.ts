import type { ServerResponse } from 'node:http'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { createLog } from '../../src/log.ts'
import { createConfigMapStore } from '../../src/webhook/configmap-store.ts'
import { createInformer } from '../../src/webhook/informer.ts'
import { type Answer, fakeCluster, json, until } from '../fixtures/api-server.ts'
import { configMap } from '../fixtures/configmaps.ts'

const now = new Date('2026-01-01T00:00:00Z')

/** Watches until the test ends, without waiting between two attempts. */
const watching = async (t: Test, answer: Answer, room?: Parameters<typeof createConfigMapStore>[0]) => {
  const cluster = await fakeCluster(t, answer)
  const store = createConfigMapStore(room)
  const stop = new AbortController()
  const stream = new PassThrough()
  let leftOut = 0
  const informer = createInformer({
    api: cluster.api,
    store,
    log: createLog(stream),
    stop: stop.signal,
    now: () => now,
    random: () => 0.5,
    leftOut: () => void (leftOut += 1),
    pauses: { longest: 1, refused: 1 },
  })
  const ended = informer.run()
  t.teardown(async () => {
    stop.abort()
    await ended
  })
  let text = ''
  const logged = (): readonly string[] => {
    text += String(stream.read() ?? '')
    return text
      .split('\n')
      .filter(line => line !== '')
      .map(line => {
        const { level, msg, configMap: name, keys } = JSON.parse(line)
        return [level, ...(name === undefined ? [] : [name]), ...(keys === undefined ? [] : [keys]), msg].join(' ')
      })
  }
  return { ...cluster, store, ...informer, logged, leftOut: () => leftOut, stop: () => stop.abort(), ended }
}

/** Lists these, and hands over the watches as they come. */
const listing = (...items: readonly object[]) => {
  const watches: { readonly url: string; readonly response: ServerResponse }[] = []
  const answer: Answer = ({ url = '' }, response) => {
    if (!url.includes('watch=1')) return json(response, 200, { metadata: { resourceVersion: '10' }, items })
    response.flushHeaders()
    return watches.push({ url, response })
  }
  return { answer, watches }
}

const send = (response: ServerResponse | undefined, type: string, object: object): void =>
  void response?.write(`${JSON.stringify({ type, object })}\n`)

const versions = (watches: readonly { readonly url: string }[]) =>
  watches.map(({ url }) => new URL(url, 'http://x').searchParams.get('resourceVersion'))

t.test('knows what is there, and follows what changes', async t => {
  const { answer, watches } = listing(configMap('one'), configMap('other'))
  const { store, status, logged } = await watching(t, answer)
  t.match(status(), { state: 'starting', isSynced: false, heardAt: undefined })
  await until(() => watches.length === 1)
  t.same(status(), { state: 'watching', isSynced: true, heardAt: now, problem: undefined })
  t.ok(store.lookup('shop', 'one'))
  const { response } = watches[0] ?? {}
  send(response, 'ADDED', configMap('third', undefined, { version: '11' }))
  send(response, 'DELETED', configMap('other', undefined, { version: '12' }))
  send(response, 'BOOKMARK', { metadata: { resourceVersion: '20' } })
  await until(() => store.lookup('shop', 'third') !== undefined && store.lookup('shop', 'other') === undefined)
  t.same(logged(), [
    'info 2 ConfigMaps with secrets files are known',
    'info shop/third 1 secrets files are known',
    'info shop/other secrets files are gone',
  ])
})

t.test('a watch that ends, or breaks off, is taken up where it was', async t => {
  const { answer, watches } = listing()
  const { seen, store, status, logged } = await watching(t, answer)
  await until(() => watches.length === 1)
  send(watches[0]?.response, 'ADDED', configMap('one', undefined, { version: '15' }))
  watches[0]?.response.end()
  await until(() => watches.length === 2)
  await until(() => store.size() === 1)
  watches[1]?.response.destroy()
  await until(() => watches.length === 3)
  t.match(status(), { isSynced: true })
  send(watches[2]?.response, 'BOOKMARK', { metadata: { resourceVersion: '30' } })
  await until(() => status().problem === undefined && logged().length === 4)
  t.same(versions(watches), ['10', '15', '15'])
  t.equal(seen.filter(request => !request.includes('watch=1')).length, 1, 'it is listed once')
  const [, , broken, again] = logged()
  t.match(broken, /^warn the ConfigMaps .* are not watched at the moment.*: aborted|socket hang up/)
  t.equal(again, 'info the ConfigMaps with secrets files are watched again')
})

t.test('a version that is too long ago, or an answer without sense, means to read all anew', async t => {
  let items = [configMap('one'), configMap('gone')]
  const watches: ServerResponse[] = []
  const { store, seen, status, logged } = await watching(t, ({ url = '' }, response) => {
    if (url.includes('watch=1')) return watches.push(response)
    json(response, 200, { metadata: { resourceVersion: '10' }, items })
    items = [configMap('one'), configMap('new')]
    return undefined
  })
  await until(() => watches.length === 1)
  const [first] = watches
  send(first, 'ERROR', { code: 410, message: 'too old resource version' })
  await until(() => watches.length === 2)
  t.equal(store.lookup('shop', 'gone'), undefined)
  t.ok(store.lookup('shop', 'new'))
  watches[1]?.write('nonsense\n')
  await until(() => watches.length === 3)
  t.equal(seen.filter(request => !request.includes('watch=1')).length, 3)
  t.match(status(), { state: 'watching', isSynced: true })
  t.same(
    logged().map(line => line.split(':')[0]),
    [
      'info 2 ConfigMaps with secrets files are known',
      'info shop/new 1 secrets files are known',
      'info shop/gone secrets files are gone',
      'info 2 ConfigMaps with secrets files are known',
      'warn the ConfigMaps with secrets files are not watched at the moment, and will be as soon as possible',
      'info the ConfigMaps with secrets files are watched again',
      'info 2 ConfigMaps with secrets files are known',
    ],
  )
})

t.test('where it may not, it says so once, goes on without and asks again', async t => {
  let isAllowed = false
  const { status, seen, logged } = await watching(t, ({ url = '' }, response) => {
    if (!isAllowed) return json(response, 403, { message: 'configmaps is forbidden' })
    if (url.includes('watch=1')) return response.flushHeaders()
    return json(response, 200, { metadata: { resourceVersion: '1' }, items: [] })
  })
  await until(() => status().state === 'refused')
  t.ok(seen.length >= 6, 'an API server that has just started refuses everybody')
  await until(() => seen.length > 8)
  t.same(status(), { state: 'refused', isSynced: false, heardAt: undefined, problem: 'configmaps is forbidden' })
  t.equal(logged().length, 2)
  t.match(logged()[0], /^warn .* are not watched at the moment.*: configmaps is forbidden$/)
  t.match(logged()[1], /^warn the API server lets podvault not watch .* ClusterRole .*: configmaps is forbidden$/)
  isAllowed = true
  await until(() => status().state === 'watching')
  t.match(logged().slice(2), ['info the ConfigMaps with secrets files are watched again', /^info 0 /])
})

t.test('an API server that is away is waited for', async t => {
  let answers = 0
  const { status, logged, seen } = await watching(t, ({ url = '' }, response) => {
    answers += 1
    if (answers === 1) return json(response, 500, { message: 'etcd is away' })
    if (answers === 2) return response.writeHead(429).end()
    if (answers === 3) return response.destroy()
    if (url.includes('watch=1')) return response.flushHeaders()
    return json(response, 200, { metadata: { resourceVersion: '1' }, items: [] })
  })
  await until(() => seen.length === 5)
  await until(() => status().state === 'watching')
  t.equal(logged().length, 3, 'one line for the outage, two for its end')
  t.match(logged()[0], /^warn .*: etcd is away$/)
})

t.test('what is busy or broken does not refuse, however long it lasts; what says no does', async t => {
  const answers = { 429: 'retrying', 500: 'retrying', 503: 'retrying', 302: 'retrying', 400: 'refused', 401: 'refused' }
  for (const [status, state] of Object.entries(answers)) {
    const { status: watched, seen } = await watching(t, (_request, response) =>
      json(response, Number(status), { message: 'no' }),
    )
    await until(() => seen.length > 7)
    t.equal(watched().state, state, status)
  }
})

t.test('malformed files are told, and so is what there is no room for', async t => {
  const bad = configMap('bad', { a: 'hunter2' })
  const big = configMap('big', { a: 'A=b#c\n'.repeat(1) }, { namespace: 'other' })
  const { answer, watches } = listing(bad, big)
  const { logged, leftOut, store } = await watching(t, answer, { all: 2000, namespace: 2000 })
  await until(() => watches.length === 1)
  send(watches[0]?.response, 'MODIFIED', configMap('big', { a: '' }, { version: '11', namespace: 'other' }))
  await until(() => logged().length === 4)
  t.match(logged()[0], /^warn shop\/bad its secrets files are malformed: key a, line 1, column \d+: /)
  t.match(logged()[1], /^warn other\/big there is no room to remember/)
  t.match(logged()[3], /^warn other\/big there is no room/)
  t.equal(leftOut(), 2)
  t.equal(store.size(), 1)
  t.notMatch(logged().join(), /hunter2/)
})

t.test('it ends when it is told to, without a word', async t => {
  const { answer, watches } = listing()
  const { stop, ended, logged } = await watching(t, answer)
  await until(() => watches.length === 1)
  stop()
  await ended
  t.equal(logged().length, 1)
})
