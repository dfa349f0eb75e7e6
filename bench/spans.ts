import { createServer, type ServerHttp2Stream } from 'node:http2'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'

/** What an API server tells of its own work, by OpenTelemetry. */
export type Spans = {
  /** Milliseconds of each span of this name since the last question. */
  readonly taken: (name: string) => readonly number[]
  readonly end: () => void
}

/** Receives traces as OTLP over gRPC without TLS, and keeps no more of a span than how long it took. */
export const receiveSpans = async (port: number): Promise<Spans> => {
  let spans: (readonly [name: string, milliseconds: number])[] = []
  const server = createServer()
  const receive = async (stream: ServerHttp2Stream): Promise<void> => {
    // One message: a byte that says it is not compressed, and four of its length.
    for (const span of spansIn((await buffer(stream)).subarray(5))) spans.push(span)
    accept(stream)
  }
  server.on('stream', stream => void receive(stream))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    taken: wanted => {
      const milliseconds = spans.flatMap(([name, took]) => (name === wanted ? took : []))
      spans = []
      return milliseconds
    },
    end: () => server.close(),
  }
}

const accept = (stream: ServerHttp2Stream): void => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(Buffer.alloc(5))
}

/** ExportTraceServiceRequest → ResourceSpans (1) → ScopeSpans (2) → Span (2): name (5), start (7) and end (8) in nanoseconds. */
const spansIn = (request: Buffer): readonly (readonly [string, number])[] =>
  messages(request, 1)
    .flatMap(resource => messages(resource, 2))
    .flatMap(scope => messages(scope, 2))
    .map(span => {
      const fields = fieldsOf(span)
      const at = (number: number): bigint => fields.find(field => field.number === number)?.fixed ?? 0n
      return [messages(span, 5)[0]?.toString() ?? '', Number(at(8) - at(7)) / 1e6]
    })

const messages = (bytes: Buffer, number: number): readonly Buffer[] =>
  fieldsOf(bytes).flatMap(field => (field.number === number ? (field.bytes ?? []) : []))

type Field = { readonly number: number; readonly bytes?: Buffer; readonly fixed?: bigint }

/** Of a protobuf message; numbers of variable length are read over. */
const fieldsOf = (message: Buffer): readonly Field[] => {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let [value, factor] = [0, 1]
    for (;;) {
      const byte = message[at++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
  }
  while (at < message.length) {
    const key = varint()
    const [number, type] = [Math.floor(key / 8), key % 8]
    if (type === 0) varint()
    else if (type === 1) fields.push({ number, fixed: message.readBigUInt64LE((at += 8) - 8) })
    else if (type === 5) at += 4
    else {
      const length = varint()
      fields.push({ number, bytes: message.subarray(at, (at += length)) })
    }
  }
  return fields
}
