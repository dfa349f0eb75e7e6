import { createServer, type Server } from 'node:http'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Facts } from './answer.ts'
import type { CertificateStatus } from './certificate.ts'
import { boundConnections } from './connections.ts'
import type { EventResult } from './events.ts'
import type { WatchStatus } from './informer.ts'

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

/** What the numbers are read from when somebody asks. */
export type Gauges = {
  readonly inFlight: () => number
  readonly certificateExpiry: () => Date
  readonly certificate: () => CertificateStatus
  readonly configMaps: () => number
  /** Undefined where nothing is watched. */
  readonly watch: () => WatchStatus | undefined
}

/** Seconds; a review takes a fraction of a millisecond, the API server gives it five. */
const buckets = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

export const createMetrics = (gauges: Gauges): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  const reviews = new Counter({
    name: 'podvault_reviews_total',
    help: 'Admission reviews answered, by decision and reason.',
    labelNames: ['decision', 'reason'] as const,
    registers,
  })
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
  const leftOut = new Counter({
    name: 'podvault_configmaps_left_out_total',
    help: 'ConfigMaps with secrets files that there was no room to remember.',
    registers,
  })
  addGauges(gauges, registry)
  return {
    registry,
    reviewed: ({ decision, reason }, seconds) => {
      reviews.inc({ decision, reason })
      duration.observe(seconds)
    },
    shed: () => shed.inc(),
    reloaded: isGood => {
      reloads.inc({ result: isGood ? 'ok' : 'failed' })
      lastReload.set(isGood ? 1 : 0)
    },
    called: isKnown => callers.inc({ result: isKnown ? 'known' : 'unknown' }),
    event: result => events.inc({ result }),
    leftOut: () => leftOut.inc(),
  }
}

const addGauges = (
  { inFlight, certificateExpiry, certificate, configMaps, watch }: Gauges,
  registry: Registry,
): void => {
  const gauges: Readonly<Record<string, readonly [string, () => number]>> = {
    podvault_requests_in_flight: ['Requests being received or answered.', inFlight],
    podvault_certificate_expiry_timestamp_seconds: [
      'When the serving certificate ends, in seconds since 1970.',
      () => certificateExpiry().getTime() / 1000,
    ],
    podvault_certificate_trusted: [
      '1 while the caBundle that the API server has fits the serving certificate, as far as podvault knows.',
      () => (certificate().untrusted === undefined ? 1 : 0),
    ],
    podvault_ca_expiry_timestamp_seconds: [
      'When the authority of podvault itself ends, in seconds since 1970. 0: it has none.',
      () => (certificate().authority?.notAfter?.getTime() ?? 0) / 1000,
    ],
    podvault_leader: [
      '1 for the replica that keeps the authority and the caBundles.',
      () => (certificate().authority?.isLeader === true ? 1 : 0),
    ],
    podvault_configmaps: ['ConfigMaps with secrets files that are known.', configMaps],
    podvault_configmap_watch_up: [
      '1 while the ConfigMaps with secrets files are watched.',
      () => (watch()?.state === 'watching' ? 1 : 0),
    ],
    podvault_configmap_watch_last_event_timestamp_seconds: [
      'When the API server last said something about them, in seconds since 1970; it does every minute. 0: never.',
      () => (watch()?.heardAt?.getTime() ?? 0) / 1000,
    ],
  }
  for (const [name, [help, value]] of Object.entries(gauges)) {
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(value())
      },
    })
    registry.registerMetric(gauge)
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
