/** Where in a trace a request belongs, as its sender says. */
export type TraceContext = {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** Of the sender's span: 16 hexadecimal digits. */
  readonly spanId: string
  readonly isSampled: boolean
}

/** https://www.w3.org/TR/trace-context/#traceparent-header. Later versions may say more behind a dash. */
const grammar =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-[\x20-\x7e]{0,400})?$/

/** Reads a `traceparent` header; undefined where it is none, as the standard wants it: nobody is refused for that. */
export const traceContextOf = (header: unknown): TraceContext | undefined => {
  const parts = typeof header === 'string' ? grammar.exec(header) : null
  if (parts === null) return undefined
  const [, version, traceId = '', spanId = '', flags = '', more] = parts
  if (version === '00' && more !== undefined) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}
