import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import process from 'node:process'
import { sentence } from '../errors.ts'
import type { Agent } from './agent.ts'
import { measureFiles } from './measure-files.ts'
import { metricsText } from './metrics.ts'
import { foldersOf } from './render.ts'
import { endedOf } from './ready.ts'
import type { Session } from './session.ts'
import { newTally, type Tally } from './tally.ts'

/** The agent, with everything counted that it says and asks. */
type Measured = {
  readonly agent: Agent
  readonly seen: (session: Session) => void
  readonly close: () => void
  /** For tests, which take any port. */
  readonly server: Server
}

/** What is looked at when somebody asks; `session` is undefined before the first login. */
type Watched = { readonly agent: Agent; readonly tally: Tally; readonly session: () => Session | undefined }

/** Nobody but Prometheus and probes has anything to ask. */
const limits = { requestTimeout: 5000, headersTimeout: 5000, maxHeaderSize: 8192, connectionsCheckingInterval: 5000 }
const mostConnections = 16

/**
 * Answers GET /metrics and GET /ready on all addresses of the pod. A port that cannot be had is no reason to let the
 * secrets go: it is said, and that is all.
 */
export const measured = (plain: Agent, port: number): Measured => {
  const tally = newTally()
  const agent = { ...plain, log: tally.heard(plain.log), vault: tally.asked(plain.vault) }
  let last: Session | undefined
  const watched = { agent, tally, session: () => last }
  const startedAt = agent.clock.moment().wall
  const server = createServer(limits, (request, response) => {
    const { status, type, body } = answerTo(watched, startedAt, request)
    send(response, status, type, body)
  })
  server.maxConnections = mostConnections
  server.on('error', error => agent.log('warn', 'metrics not served', { port, reason: sentence(error) }))
  server.listen(port)
  const seen = (session: Session) => {
    last = session
  }
  return { agent, seen, close: () => void server.close(), server }
}

type Answer = { readonly status: number; readonly type: string; readonly body: string }
const plain = (status: number, body: string): Answer => ({ status, type: 'text/plain; charset=utf-8', body })

const answerTo = (watched: Watched, startedAt: number, { method, url }: IncomingMessage): Answer => {
  const path = url?.split('?', 1).join('')
  if (path !== '/metrics' && path !== '/ready') return plain(404, 'only /metrics and /ready are here\n')
  if (method !== 'GET') return plain(405, 'only GET is answered\n')
  return path === '/ready' ? readiness(watched) : { ...plain(200, textOf(watched, startedAt)), type: exposition }
}

const exposition = 'text/plain; version=0.0.4; charset=utf-8'

/** Each connection is for one request: an idle one would be one more thing to keep. */
const send = (response: ServerResponse, status: number, type: string, body: string): void => {
  const headers = { 'content-type': type, connection: 'close', ...(status === 405 && { allow: 'GET' }) }
  response.writeHead(status, headers).end(body)
}

const readiness = ({ agent, session }: Watched): Answer => {
  const current = session()
  if (current === undefined) return plain(503, 'not ready: there are no secrets yet\n')
  const ended = endedOf(agent.config, current, agent.clock.moment())
  return ended.length === 0 ? plain(200, 'ready\n') : plain(503, `not ready; ended: ${ended.join(' ')}\n`)
}

const textOf = ({ agent, tally, session }: Watched, startedAt: number): string => {
  const { config, clock } = agent
  const memory = process.memoryUsage.rss()
  const current = session()
  const files = measureFiles(foldersOf(config, current?.wanted ?? { files: [] }))
  return metricsText({ config, session: current, tally, at: clock.moment(), startedAt, memory, files })
}
