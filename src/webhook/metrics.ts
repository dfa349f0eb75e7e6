import { createServer, type Server } from 'node:http'
import process from 'node:process'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { version } from '../version.ts'
import type { Facts } from './answer.ts'
import { boundConnections } from './connections.ts'
import { type EventResult, eventResults } from './events.ts'
import { addGauges, type Gauges } from './gauges.ts'

export type Metrics = {
  readonly registry: Registry
  /** @param seconds from the complete body to the answer */
  readonly reviewed: (facts: Facts, seconds: number) => void
  /** A request that was sent away under overload. */
  readonly shed: () => void
  /** The operator's file was read anew, and could be used or not. */
  readonly reloaded: (isGood: boolean) => void
  /** A caller that was authenticated, or not. */
  readonly called: (isKnown: boolean) => void
  readonly event: (result: EventResult) => void
  /** A ConfigMap that there was no room for. */
  readonly leftOut: () => void
}

/** Seconds; a review takes a fraction of a millisecond, the API server gives it five. */
const buckets = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

export const createMetrics = (gauges: Gauges): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  const reviews = new Counter({
    name: 'podvault_reviews_total',
    help: 'Admission reviews answered, by decision and reason, and injections by engine.',
    labelNames: ['decision', 'reason', 'engine'] as const,
    registers,
  })
  const byNamespace = new Counter({
    name: 'podvault_namespace_reviews_total',
    help: `Admission reviews answered, by namespace and decision; namespaces beyond the first ${most} are \`${others}\`.`,
    labelNames: ['namespace', 'decision'] as const,
    registers,
  })
  const namespaceLabel = boundedNames()
  const duration = new Histogram({
    name: 'podvault_review_duration_seconds',
    help: 'Time from the complete body of a review to its answer.',
    buckets,
    registers,
  })
  const shed = new Counter({
    name: 'podvault_requests_shed_total',
    help: 'Requests sent away with 503 and Retry-After because too many were under way.',
    registers,
  })
  const events = new Counter({
    name: 'podvault_events_total',
    help: 'Events about pods for their owners: sent, repeated within five minutes, dropped as too many, or failed.',
    labelNames: ['result'] as const,
    registers,
  })
  const reloads = new Counter({
    name: 'podvault_config_reloads_total',
    help: "Changes of the operator's file: ok, or failed and the one from before kept.",
    labelNames: ['result'] as const,
    registers,
  })
  const callers = new Counter({
    name: 'podvault_callers_total',
    help: 'Requests for reviews by whether the caller could show who it is, where that is asked for.',
    labelNames: ['result'] as const,
    registers,
  })
  const lastReload = new Gauge({
    name: 'podvault_config_last_reload_successful',
    help: "1 when the operator's file that is there now is in use, 0 when it cannot be used.",
    registers,
  })
  lastReload.set(1)
  const lastGood = new Gauge({
    name: 'podvault_config_last_reload_success_timestamp_seconds',
    help: "When the operator's file that is in use was read, in seconds since 1970.",
    registers,
  })
  lastGood.setToCurrentTime()
  const leftOut = new Counter({
    name: 'podvault_configmaps_left_out_total',
    help: 'ConfigMaps with secrets files that there was no room to remember.',
    registers,
  })
  const build = new Gauge({
    name: 'podvault_build_info',
    help: 'Always 1; which podvault this is, and on which Node.js.',
    labelNames: ['version', 'node'] as const,
    registers,
  })
  build.set({ version, node: process.versions.node }, 1)
  addGauges(gauges, registry)
  // What is there from the start has a rate from the first time on.
  reviews.inc({ decision: 'reject', reason: 'internal-error' }, 0)
  for (const result of eventResults) events.inc({ result }, 0)
  for (const result of ['ok', 'failed']) reloads.inc({ result }, 0)
  return {
    registry,
    reviewed: ({ decision, reason, engine, namespace }, seconds) => {
      reviews.inc(engine === undefined ? { decision, reason } : { decision, reason, engine })
      if (namespace !== undefined) byNamespace.inc({ namespace: namespaceLabel(namespace), decision })
      duration.observe(seconds)
    },
    shed: () => shed.inc(),
    reloaded: isGood => {
      reloads.inc({ result: isGood ? 'ok' : 'failed' })
      lastReload.set(isGood ? 1 : 0)
      if (isGood) lastGood.setToCurrentTime()
    },
    called: isKnown => callers.inc({ result: isKnown ? 'known' : 'unknown' }),
    event: result => events.inc({ result }),
    leftOut: () => leftOut.inc(),
  }
}

/** Namespaces that are counted by name; the others share one, so that nobody can make the numbers many. */
const most = 100
const others = '(others)'

const boundedNames = (): ((name: string) => string) => {
  const known = new Set<string>()
  return name => {
    if (known.size < most) known.add(name)
    return known.has(name) ? name : others
  }
}

/** Milliseconds: whoever scrapes sends its few bytes at once. */
const limits = { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 2000 }

/** Serves GET /metrics over plain HTTP, on a port of its own that the API server does not use. */
export const metricsServer = (registry: Registry): Server => {
  const server = createServer(limits, (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('only GET /metrics is here\n')
      return
    }
    void registry.metrics().then(text => response.writeHead(200, { 'content-type': registry.contentType }).end(text))
  })
  boundConnections(server, 64)
  return server
}
