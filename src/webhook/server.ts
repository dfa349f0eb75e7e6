import type { Server } from 'node:https'
import type { SecureVersion } from 'node:tls'
import { fastify, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Settings } from '../inject/settings.ts'
import type { Log } from '../log.ts'
import type { Certificate } from './certificate.ts'
import { boundConnections } from './connections.ts'
import type { Gate } from './gate.ts'
import type { Metrics } from './metrics.ts'
import type { Observer } from './observe.ts'
import type { Load } from './overload.ts'
import type { Reviewed } from './answer.ts'
import type { Recorder } from './events.ts'
import type { Readiness } from './readiness.ts'
import { reviewText } from './review.ts'
import { seldom } from './seldom.ts'
import { createSlots } from './slots.ts'
import { validateText } from './validate.ts'

export type Parts = {
  /** Those that hold now; a review is answered by one of them from its beginning to its end. */
  readonly settings: () => Settings
  readonly certificate: Certificate
  readonly minVersion: SecureVersion
  /** Undefined where everybody may ask. */
  readonly gate: Pick<Gate, 'authority' | 'check'> | undefined
  readonly log: Log
  readonly metrics: Pick<Metrics, 'shed'>
  /** Is told of every review behind its answer. */
  readonly observe: Observer
  readonly load: Load
  /** Milliseconds that only ever grow. */
  readonly clock: () => number
  /** True once the process is to end: not ready any more, and connections end with their next answer. */
  readonly draining: () => boolean
  readonly readiness: () => Readiness
  /** Undefined where there is nobody to tell. */
  readonly tell: Recorder | undefined
}

/** Two objects of the API server's own limit of 3 MiB, and their envelope. */
const bodyLimit = 7 * 1024 * 1024

/**
 * Milliseconds. The API server keeps idle connections for 90 s, also such as it has opened and not needed yet; whoever hangs
 * up first must not be us. Node counts the time of a head from the beginning of its connection.
 */
const keepAliveTimeout = 100_000
const headersTimeout = 105_000
const connectionsCheckingInterval = 5000

/** Milliseconds; an API server gives a handshake up after as long. */
const handshakeTimeout = 10_000

/** Kubernetes lets an API server wait 30 s at most; who has one sends a body at once and reads the answer at once. */
const slowness = { crowded: 2000, most: 30_000 }

/**
 * An API server has 25 idle connections, and 200 requests under way unless it is told to have more; there are a few API
 * servers. Each connection takes 60 KB.
 */
const mostConnections = 1024

const createApp = ({ certificate: { cert, key }, minVersion, gate }: Parts) =>
  fastify({
    https: {
      cert,
      key,
      minVersion,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout,
      connectionsCheckingInterval,
      // The kubelet's probes have no certificate; the gate looks at those of reviews.
      ...(gate?.authority && { ca: gate.authority.current(), requestCert: true, rejectUnauthorized: false }),
    },
    bodyLimit,
    keepAliveTimeout,
    requestTimeout: headersTimeout,
  })

type App = ReturnType<typeof createApp>

/** The webhook over HTTPS, not yet listening: `POST /mutate`, `POST /validate`, `GET /livez`, `GET /readyz`. */
export const createWebhookServer = async (parts: Parts): Promise<Server> => {
  const app = createApp(parts)
  // The body stays text until the handler: one plain JSON.parse, in which `__proto__` is a name like any other.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  addReviews(app, parts)
  addProbes(app, parts)
  addErrors(app, parts)
  await app.ready()
  const { server } = app
  server.headersTimeout = headersTimeout
  boundConnections(server, mostConnections)
  reportHandshakes(server, parts)
  return server
}

/** Milliseconds between two lines of one kind: clients can bring them about as fast as the network is. */
const quiet = 10_000

const reportHandshakes = (server: Server, { log, clock }: Parts): void => {
  const report = seldom(quiet, clock, (code: string) =>
    log.warn({ code }, 'a client broke off the handshake; does its caBundle fit this certificate?'),
  )
  server.on('tlsClientError', ({ code }: NodeJS.ErrnoException) => {
    // Port scans and probes hang up without a TLS alert; those are not worth a line.
    if (code?.startsWith('ERR_SSL_') === true) report(code)
  })
}

const addReviews = (app: App, { settings, log, metrics, observe, load, clock, draining, gate, tell }: Parts): void => {
  const report = seldom(quiet, clock, () => log.warn('overloaded: some requests are asked to come back in a second'))
  const slots = createSlots(load, slowness, clock)
  const admit = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    // Without a length it may become as long as any.
    const bytes = Math.min(Number(request.headers['content-length'] ?? bodyLimit), bodyLimit)
    const leave = slots.take(bytes, () => {
      metrics.shed()
      request.raw.destroy()
    })
    if (leave !== undefined) {
      reply.raw.once('close', leave)
      return done()
    }
    report()
    metrics.shed()
    // The API server does come back, within the webhook's timeout, where this header is present.
    send(reply.header('retry-after', '1'), 503, failure(503, 'podvault is overloaded; try again in a second'))
  }
  const answerBy =
    (route: string, review: (text: string) => Reviewed) => (request: FastifyRequest, reply: FastifyReply) => {
      const start = clock()
      const reviewed = review(typeof request.body === 'string' ? request.body : '')
      if (draining()) reply.header('connection', 'close')
      const status = reviewed.kind === 'answered' ? 200 : 400
      send(reply, status, reviewed.kind === 'answered' ? reviewed.text : failure(status, reviewed.message))
      const ms = clock() - start
      const error = reviewed.kind === 'answered' ? reviewed.error : undefined
      observe({ facts: reviewed.facts, route, status, ms, error, traceparent: request.headers['traceparent'] })
      if (reviewed.kind === 'answered' && reviewed.notice !== undefined) tell?.(reviewed.notice)
    }
  const authenticate = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const problem = await gate?.check(request.raw)
    return problem === undefined ? undefined : send(reply, 401, failure(401, problem))
  }
  const onRequest = gate === undefined ? admit : [authenticate, admit]
  app.post(
    '/mutate',
    { onRequest },
    answerBy('/mutate', text => reviewText(text, settings())),
  )
  app.post('/validate', { onRequest }, answerBy('/validate', validateText))
}

const addProbes = (app: App, { draining, readiness }: Parts): void => {
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'))
  // Where vault-k8s's chart looks, for liveness as well: whoever is not ready yet must not be killed for it.
  app.get('/health/ready', (_request, reply) => reply.code(draining() ? 503 : 204).send())
  app.get('/readyz', (_request, reply) => {
    reply.type('text/plain')
    if (draining()) return reply.code(503).header('connection', 'close').send('draining\n')
    const { missing, without } = readiness()
    if (missing.length > 0) return reply.code(503).send(missing.map(what => `not ready: ${what}\n`).join(''))
    return reply.send(['ok\n', ...without.map(what => `without: ${what}\n`)].join(''))
  })
}

const addErrors = (app: App, { observe }: Parts): void => {
  app.setNotFoundHandler((_request, reply) =>
    send(reply, 404, failure(404, 'here are POST /mutate, POST /validate, GET /livez and GET /readyz')),
  )
  app.setErrorHandler((error: Error & { readonly statusCode?: number }, request, reply) => {
    const { statusCode: code = 500 } = error
    const facts = { decision: 'reject', reason: code < 500 ? 'bad-request' : 'internal-error' } as const
    const { routeOptions, headers } = request
    const failed = code < 500 ? undefined : error
    const observed = { facts, route: String(routeOptions.url), status: code, ms: 0, error: failed }
    observe({ ...observed, traceparent: headers['traceparent'] })
    send(reply, code, failure(code, sentences[code] ?? 'the request cannot be answered'))
  })
}

const sentences: Readonly<Record<number, string>> = {
  413: `the body is longer than ${bodyLimit} bytes`,
  415: 'the body must be application/json',
}

/** As the API server itself reports failures; its client shows the message of such an object. */
const failure = (code: number, message: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Status', status: 'Failure', message, code })

const send = (reply: FastifyReply, code: number, json: string): FastifyReply =>
  reply.code(code).header('content-type', 'application/json').send(json)
