import { once } from 'node:events'
import https from 'node:https'
import http from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { cases } from '../test/fixtures/cases.ts'
import { configMapReview, reviewOf } from '../test/fixtures/reviews.ts'

export type Soaked = { readonly port: number; readonly metricsPort: number }

/** What was done and what came of it, counted. */
export type Outcomes = Map<string, number>

type Action = (target: Soaked, at: number) => Promise<string | number>

const host = '127.0.0.1'
/** Certificates change while the soak runs; who trusts them is for other tests. */
const insecure = { host, rejectUnauthorized: false }

const reviews = cases().map(({ pod, namespace }) => JSON.stringify(reviewOf(pod, { namespace })))
const configMap = JSON.stringify(configMapReview({ data: { a: 'A=b#c', b: 'nonsense' } }))
const garbage = [
  '',
  '{',
  '[]',
  'null',
  '['.repeat(100_000),
  `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
  JSON.stringify(reviewOf({ spec: { containers: 'none' } })).slice(0, -7),
  JSON.stringify({ ...reviewOf(), apiVersion: 'admission.k8s.io/v1beta1' }),
  `{"__proto__":${'x'.repeat(10)}`,
]
const pick = <T>(list: readonly T[], at: number): T => list[at % list.length] as T

const post = async (
  { port }: Soaked,
  body: string,
  agent: https.Agent | false,
  path = '/mutate',
  type = 'application/json',
) => {
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) }
  const request = https.request({ ...insecure, port, method: 'POST', path, agent, headers, timeout: 20_000 })
  request.once('timeout', () => request.destroy(new Error('no answer in 20 s')))
  request.end(body)
  return statusOf(await once(request, 'response'))
}

const statusOf = async ([response]: readonly http.IncomingMessage[]): Promise<number> => {
  if (response === undefined) return 0
  await text(response)
  return response.statusCode ?? 0
}

/** Writes these bytes to a bare socket, and takes what comes until it ends. */
const raw = async (port: number, bytes: string | Buffer, milliseconds: number): Promise<string> => {
  const socket = connect(port, host)
  socket.on('error', () => undefined).resume()
  await once(socket, 'connect')
  socket.write(bytes)
  await Promise.race([once(socket, 'close'), sleep(milliseconds)])
  socket.destroy()
  return 'ended'
}

/** Each by its share of a hundred. */
const actionsOf = (agent: https.Agent): Readonly<Record<string, readonly [number, Action]>> => ({
  'a review': [66, (target, at) => post(target, pick(reviews, at), agent)],
  'a review on a connection of its own': [8, (target, at) => post(target, pick(reviews, at), false)],
  'a ConfigMap': [3, target => post(target, configMap, agent, '/validate')],
  'a bad body': [7, (target, at) => post(target, pick(garbage, at), agent)],
  'a wrong content type': [1, target => post(target, '{}', agent, '/mutate', 'text/yaml')],
  'a wrong path': [1, target => post(target, '{}', agent, '/')],
  'a large body': [1, target => post(target, JSON.stringify({ a: ' '.repeat(2_000_000) }), agent)],
  'a body cut off': [3, (target, at) => cutOff(target, pick(reviews, at))],
  'a slow review': [2, (target, at) => slowly(target, pick(reviews, at))],
  'TLS garbage': [2, ({ port }) => raw(port, Buffer.alloc(600, 'TLS?'), 2000)],
  'plain HTTP on the TLS port': [1, ({ port }) => raw(port, 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n', 2000)],
  'a connection and silence': [2, ({ port }) => raw(port, '', 5000)],
  'half a request to the metrics': [1, ({ metricsPort }) => raw(metricsPort, 'GET /met', 3000)],
  'the metrics': [
    2,
    async ({ metricsPort }) =>
      statusOf(await once(http.get({ host, port: metricsPort, path: '/metrics' }), 'response')),
  ],
})

const cutOff = async ({ port }: Soaked, body: string): Promise<string> => {
  const headers = { 'content-type': 'application/json', 'content-length': body.length * 2 }
  const request = https.request({ ...insecure, port, method: 'POST', path: '/mutate', agent: false, headers })
  request.on('error', () => undefined)
  request.write(body)
  await sleep(100)
  request.destroy()
  return 'ended'
}

const slowly = async ({ port }: Soaked, body: string): Promise<number> => {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  const request = https.request({ ...insecure, port, method: 'POST', path: '/mutate', agent: false, headers })
  const answered = once(request, 'response')
  const bytes = Buffer.from(body)
  const step = Math.ceil(bytes.length / 20)
  for (let from = 0; from < bytes.length; from += step) {
    request.write(bytes.subarray(from, from + step))
    await sleep(50)
  }
  request.end()
  return statusOf(await answered)
}

/** Whoever is to be answered, and with which statuses. */
const expected: Readonly<Record<string, readonly (string | number)[]>> = {
  'a review': [200],
  'a review on a connection of its own': [200],
  'a slow review': [200],
  'a ConfigMap': [200],
  'a bad body': [400],
  'a wrong content type': [415],
  'a wrong path': [404],
  'a large body': [400],
  'the metrics': [200],
}

/** What came otherwise than it must. */
export const surprises = (outcomes: Outcomes): readonly string[] =>
  [...outcomes.keys()].filter(key => {
    const [action = '', outcome = ''] = key.split(': ')
    return !(expected[action]?.map(String) ?? ['ended']).includes(outcome)
  })

/** Does so many things in a second, in an order by chance that is the same each time, until it is told to stop. */
export const soak = async (target: Soaked, perSecond: number, stop: AbortSignal, outcomes: Outcomes): Promise<void> => {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 8 })
  const all = Object.entries(actionsOf(agent)).flatMap(([name, [share, act]]) =>
    Array.from({ length: share }, () => [name, act] as const),
  )
  const running = new Set<Promise<void>>()
  let [state, at] = [1, 0]
  const began = performance.now()
  while (!stop.aborted) {
    state = (state * 48_271) % 2_147_483_647
    const [name, act] = pick(all, state)
    const done = count(outcomes, name, act(target, Math.floor(state / 100))).finally(() => running.delete(done))
    running.add(done)
    at += 1
    await sleep(Math.max(0, began + (at * 1000) / perSecond - performance.now()))
  }
  await Promise.all(running)
  agent.destroy()
}

const count = async (outcomes: Outcomes, name: string, done: Promise<string | number>): Promise<void> => {
  const outcome = await done.catch((error: Error) => error.message)
  outcomes.set(`${name}: ${outcome}`, (outcomes.get(`${name}: ${outcome}`) ?? 0) + 1)
}
