import { createServer, type Server } from 'node:http'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Facts } from './review.ts'

export type Metrics = {
  readonly registry: Registry
  /** @param seconds from the complete body to the answer */
  readonly reviewed: (facts: Facts, seconds: number) => void
  /** A request that was sent away under overload. */
  readonly shed: () => void
}

/** What the numbers are read from when somebody asks. */
export type Gauges = { readonly inFlight: () => number; readonly certificateExpiry: () => Date }

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
  addGauges(gauges, registry)
  return {
    registry,
    reviewed: ({ decision, reason }, seconds) => {
      reviews.inc({ decision, reason })
      duration.observe(seconds)
    },
    shed: () => shed.inc(),
  }
}

const addGauges = ({ inFlight, certificateExpiry }: Gauges, registry: Registry): void => {
  const requests = new Gauge({
    name: 'podvault_requests_in_flight',
    help: 'Requests being received or answered.',
    registers: [],
    collect() {
      this.set(inFlight())
    },
  })
  const expiry = new Gauge({
    name: 'podvault_certificate_expiry_timestamp_seconds',
    help: 'When the serving certificate ends, in seconds since 1970.',
    registers: [],
    collect() {
      this.set(certificateExpiry().getTime() / 1000)
    },
  })
  registry.registerMetric(requests)
  registry.registerMetric(expiry)
}

/** Serves GET /metrics over plain HTTP, on a port of its own that the API server does not use. */
export const metricsServer = (registry: Registry): Server =>
  createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('only GET /metrics is here\n')
      return
    }
    void registry.metrics().then(text => response.writeHead(200, { 'content-type': registry.contentType }).end(text))
  })
