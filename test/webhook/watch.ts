import t from 'tap'
import { type Change, follow, list } from '../../src/webhook/watch.ts'
import { type Answer, fakeCluster, json } from '../fixtures/api-server.ts'
import { configMap } from '../fixtures/configmaps.ts'

const never = new AbortController().signal
const query = '/api/v1/configmaps?labelSelector=podvault.dev%2Fsecrets-file%3Dtrue'

t.test('reads all pages of a list', async t => {
  const { api, seen } = await fakeCluster(t, ({ url }, response) =>
    url?.includes('continue')
      ? json(response, 200, { metadata: { resourceVersion: '9' }, items: [configMap('two'), { metadata: {} }] })
      : json(response, 200, { metadata: { resourceVersion: '9', continue: 'a b' }, items: [configMap('one')] }),
  )
  const names: string[] = []
  t.equal(await list(api, never, ({ name }) => names.push(name)), '9')
  t.same(names, ['one', 'two'])
  t.same(seen, [`GET ${query}&limit=4`, `GET ${query}&limit=4&continue=a%20b`])
})

t.test('what is no list is an error', async t => {
  for (const body of [
    [],
    {},
    { items: [] },
    { items: {}, metadata: {} },
    { items: [], metadata: {} },
    { items: [], metadata: { resourceVersion: '1', continue: 7 } },
  ]) {
    const { api } = await fakeCluster(t, (_request, response) => json(response, 200, body))
    await t.rejects(
      list(api, never, () => t.fail()),
      { name: 'AnswerError', message: 'its answer is no list' },
    )
  }
})

const line = (type: unknown, object: unknown): string => `${JSON.stringify({ type, object })}\n`

const followed = async (api: Parameters<typeof follow>[0]) => {
  const changes: Change[] = []
  for await (const change of follow(api, never, '7', 60, () => undefined)) changes.push(change)
  return changes.map(change => [change.kind, change.version, 'configMap' in change ? change.configMap.name : ''])
}

const answering =
  (...lines: readonly string[]): Answer =>
  (_request, response) =>
    response.end(lines.join(''))

t.test('follows changes and bookmarks to the end of the watch', async t => {
  const { api, seen } = await fakeCluster(
    t,
    answering(
      line('ADDED', configMap('one', {}, { version: '8' })),
      line('MODIFIED', configMap('one', {}, { version: '9' })),
      line('BOOKMARK', { metadata: { resourceVersion: '12' } }),
      line('DELETED', configMap('one', {}, { version: '13' })),
    ),
  )
  t.same(await followed(api), [
    ['put', '8', 'one'],
    ['put', '9', 'one'],
    ['bookmark', '12', ''],
    ['remove', '13', 'one'],
  ])
  t.same(seen, [`GET ${query}&watch=1&allowWatchBookmarks=true&timeoutSeconds=60&resourceVersion=7`])
})

t.test('says when the watch stands, before anything has come', async t => {
  const { api } = await fakeCluster(t, (_request, response) => response.flushHeaders())
  const stop = new AbortController()
  await t.rejects(follow(api, stop.signal, '7', 60, () => stop.abort()).next())
})

t.test('what it does not know it leaves out', async t => {
  const { api } = await fakeCluster(
    t,
    answering(
      line('LAUNCHED', configMap('one')),
      line('__proto__', configMap('one')),
      line('ADDED', { metadata: {} }),
      line('BOOKMARK', {}),
      line('BOOKMARK', { metadata: {} }),
    ),
  )
  t.same(await followed(api), [])
})

t.test('an error that comes as a change is an error; what is no change is one, too', async t => {
  const wrong = [
    [line('ERROR', { code: 410, message: 'too old' }), { name: 'ApiError', status: 410, message: 'too old' }],
    [line('ERROR', {}), { name: 'AnswerError' }],
    [line('ERROR', { code: 410 }), { name: 'AnswerError' }],
    ['[]\n', { name: 'AnswerError', message: 'its answer is no watch' }],
    [line(7, {}), { name: 'AnswerError' }],
    [line('ADDED', 'x'), { name: 'AnswerError' }],
  ] as const
  for (const [text, error] of wrong) {
    const { api } = await fakeCluster(t, answering(text))
    await t.rejects(followed(api), error)
  }
})

t.test('both end when they are told to', async t => {
  const { api } = await fakeCluster(t, (_request, response) => response.write('{"items":['))
  const stop = new AbortController()
  const ends = Promise.all([
    t.rejects(list(api, stop.signal, () => undefined)),
    t.rejects(follow(api, stop.signal, '1', 60, () => undefined).next()),
  ])
  setTimeout(() => stop.abort(), 20)
  await ends
})
