import { type Attributes, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import { sentence } from '../errors.ts'
import type { Log } from '../log.ts'
import { version } from '../version.ts'
import { cut } from './cut.ts'
import type { Observed, Tracer } from './observe.ts'
import type { TraceContext } from './trace-context.ts'

export type Spans = {
  readonly trace: Tracer
  /** Sends what is left, for as long as the patience lasts. */
  readonly end: () => Promise<void>
}

/** Milliseconds: between two sendings, for each, and for the last one. */
export type SpanTimes = { readonly every: number; readonly patience: number; readonly last: number }

const usualTimes: SpanTimes = { every: 5000, patience: 5000, last: 2000 }

/**
 * Sends a span for each review by OTLP over HTTP. Spans wait in a queue of bounded length, and are dropped while nobody
 * takes them: no review ever waits for one. Loaded only where somebody wants spans.
 * @param url where they go, in full; headers, compression and certificates are read from OTEL_EXPORTER_OTLP_* by the library
 */
export const createSpans = (url: string, log: Log, times: SpanTimes = usualTimes): Spans => {
  const exporter = complaining(new OTLPTraceExporter({ url, timeoutMillis: times.patience }), log)
  const processor = new BatchSpanProcessor({ exporter, scheduledDelayMillis: times.every })
  const own = resourceFromAttributes({ 'service.name': 'podvault', 'service.version': version })
  const resource = defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }))
  const provider = new TracerProvider({ resource, spanProcessors: [processor] })
  const tracer = provider.getTracer('podvault', version)
  return {
    trace: (observed, context) => {
      const end = Date.now()
      const options = { kind: SpanKind.SERVER, startTime: end - observed.ms, attributes: attributesOf(observed) }
      const span = tracer.startSpan(`POST ${observed.route}`, options, contextOf(context))
      if (observed.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: observed.facts.reason })
      span.end(end)
      return span.spanContext().traceId
    },
    end: async () => {
      const last = Promise.withResolvers<void>()
      const timer = setTimeout(last.resolve, times.last)
      await Promise.race([provider.shutdown().catch(() => undefined), last.promise])
      clearTimeout(timer)
    },
  }
}

const contextOf = (context: TraceContext | undefined) =>
  context === undefined
    ? ROOT_CONTEXT
    : trace.setSpanContext(ROOT_CONTEXT, {
        ...context,
        traceFlags: context.isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
        isRemote: true,
      })

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/ where it has a name for it. */
const attributesOf = ({ facts, route, status }: Observed): Attributes => ({
  'http.request.method': 'POST',
  'http.route': route,
  'http.response.status_code': status,
  ...(facts.namespace !== undefined && { 'k8s.namespace.name': facts.namespace }),
  ...(facts.uid !== undefined && { 'podvault.uid': facts.uid }),
  ...(facts.name !== undefined && { 'podvault.name': facts.name }),
  ...(facts.owner !== undefined && { 'podvault.owner': facts.owner }),
  'podvault.decision': facts.decision,
  'podvault.reason': facts.reason,
  ...(facts.engine !== undefined && { 'podvault.engine': facts.engine }),
})

/** Says once why spans do not arrive, and once that they do again. */
const complaining = (exporter: SpanExporter, log: Log): SpanExporter => {
  let complaint = ''
  return {
    export: (spans, done) =>
      exporter.export(spans, result => {
        const message = result.error === undefined ? '' : cut(sentence(result.error), 500)
        if (message !== '' && complaint === '') log.warn(`spans cannot be sent, and are dropped: ${message}`)
        if (message === '' && complaint !== '') log.info('spans are sent again')
        complaint = message
        done(result)
      }),
    shutdown: async () => exporter.shutdown(),
  }
}
