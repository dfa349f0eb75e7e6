import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { ApiError, AnswerError, apiServerIn, jsonIn, jsonLines } from '../../src/webhook/api-server.ts'
import { version } from '../../src/version.ts'
import { fakeCluster, json } from '../fixtures/api-server.ts'

const soon = () => AbortSignal.timeout(10_000)

t.test('asks as the pod’s service account, whose token may have changed since', async t => {
  const tokens: (string | undefined)[] = []
  const { api, folder, seen } = await fakeCluster(t, ({ headers }, response) => {
    tokens.push(headers.authorization)
    json(response, 200, { agent: headers['user-agent'] })
  })
  t.same(await jsonIn(await api.ask('GET', '/version', soon()), 1000), { agent: `podvault/${version}` })
  writeFileSync(join(folder, 'token'), 'another\n')
  await jsonIn(await api.ask('GET', '/version', soon()), 1000)
  t.same(tokens, ['Bearer the-token', 'Bearer another'])
  t.same(seen, ['GET /version', 'GET /version'])
})

t.test('a body goes as JSON', async t => {
  const { api } = await fakeCluster(t, async (request, response) => {
    json(response, 201, { got: await text(request), type: request.headers['content-type'] })
  })
  const response = await api.ask('POST', '/events', soon(), { a: 1 })
  t.same(await jsonIn(response, 1000), { got: '{"a":1}', type: 'application/json' })
})

t.test('a patch says of which kind it is', async t => {
  const { api, seen } = await fakeCluster(t, (request, response) => json(response, 200, request.headers))
  const response = await api.ask('PATCH', '/x', soon(), [], 'application/json-patch+json')
  t.match(await jsonIn(response, 1000), { 'content-type': 'application/json-patch+json' })
  t.same(seen, ['PATCH /x'])
})

t.test('its clock is the one that counts, as soon as it was heard, also in a no', async t => {
  const dates = ['Sat, 21 Nov 2026 17:00:00 GMT', 'Sat, 21 Nov 2026 17:20:00 GMT', 'nonsense']
  const { env, folder } = await fakeCluster(t, (_request, response) => {
    response.sendDate = false
    const date = dates.shift()
    response.writeHead(404, { ...(date !== undefined && { date }) }).end('{}')
  })
  let ours = Date.parse('2026-11-21T17:10:00Z')
  const api = apiServerIn(env, folder, () => new Date(ours))
  if (api === undefined) throw new Error('no cluster')
  t.equal(api.now().toISOString(), '2026-11-21T17:10:00.000Z')
  for (const expected of ['17:00:00', '17:20:00', '17:20:00', '17:20:00']) {
    await t.rejects(api.ask('GET', '/', soon()), /404/)
    t.equal(api.now().toISOString(), `2026-11-21T${expected}.000Z`)
  }
  ours += 1500
  t.equal(api.now().toISOString(), '2026-11-21T17:20:01.500Z')
})

t.test('outside of a cluster there is none', async t => {
  t.equal(apiServerIn({}, '/nowhere'), undefined)
  t.equal(apiServerIn({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, '/nowhere'), undefined)
})

t.test('a no is told in the words of the API server, where it has any', async t => {
  const bodies: readonly (readonly [string, string])[] = [
    ['{"kind":"Status","message":"configmaps is forbidden"}', 'configmaps is forbidden'],
    ['{"message":7}', 'it answers with status 403'],
    ['[]', 'it answers with status 403'],
    ['<html>', 'it answers with status 403'],
    [' '.repeat(100_000), 'it answers with status 403'],
  ]
  for (const [body, message] of bodies) {
    const { api } = await fakeCluster(t, (_request, response) => response.writeHead(403).end(body))
    const error = await api.ask('GET', '/', soon()).catch((thrown: unknown) => thrown)
    t.ok(error instanceof ApiError)
    t.match(error, { name: 'ApiError', status: 403, message })
  }
})

t.test('what is no JSON, or longer than it may be, is no answer, and is never quoted', async t => {
  const { api } = await fakeCluster(t, (_request, response) => response.end('{"password": hunter2'))
  const ask = () => api.ask('GET', '/', soon())
  for (const [most, message] of [
    [1000, 'its answer is no JSON'],
    [10, 'its answer is longer than 10 bytes'],
  ] as const) {
    const error = await jsonIn(await ask(), most).catch((thrown: unknown) => thrown)
    t.ok(error instanceof AnswerError)
    t.match(error, { name: 'AnswerError', message })
  }
})

t.test('lines are read as they come, however they are cut', async t => {
  const { api } = await fakeCluster(t, async (request, response) => {
    if (request.url === '/long') return response.end(`{"a":1}\n{"b":"${'x'.repeat(2000)}`)
    if (request.url === '/bad') return response.end('{"a":1}\nnonsense\n')
    const letter = Buffer.from('ä')
    for (const part of [
      '{"a":"',
      letter.subarray(0, 1),
      letter.subarray(1),
      '"}\n{"b"',
      ':2}\n{"c":3}',
      '\n{"unfinished"',
    ])
      await new Promise(resolve => response.write(part, resolve)).then(() => wait(2))
    return response.end()
  })
  const read = async (path: string) => {
    const lines: unknown[] = []
    for await (const line of jsonLines(await api.ask('GET', path, soon()), 1000)) lines.push(line)
    return lines
  }
  t.same(await read('/'), [{ a: 'ä' }, { b: 2 }, { c: 3 }])
  await t.rejects(read('/long'), { message: 'a line of its answer is longer than 1000 characters' })
  await t.rejects(read('/bad'), { message: 'its answer is no JSON' })
})

t.test('what breaks is an error for whoever waits for it, and nothing else', async t => {
  const { api } = await fakeCluster(t, (request, response) => {
    if (request.url === '/cut') return request.socket.destroy()
    response.write('{')
    return request.url === '/half' ? setTimeout(() => request.socket.destroy(), 5) : undefined
  })
  await t.rejects(api.ask('GET', '/cut', soon()), { code: 'ECONNRESET' })
  const half = await api.ask('GET', '/half', soon())
  await t.rejects(jsonIn(half, 10))
  const stop = new AbortController()
  const waiting = await api.ask('GET', '/never', stop.signal)
  stop.abort()
  await t.rejects(jsonIn(waiting, 10))
  await t.rejects(api.ask('GET', '/', AbortSignal.abort()), { name: 'AbortError' })
})
