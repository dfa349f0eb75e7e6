import type { Writable } from 'node:stream'
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'

export type Log = Logger

/** One JSON object a line. A stream with a file descriptor is written to in the background, several lines at once under load. */
export const createLog = (stream: Writable): Log =>
  pino(
    { base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: label => ({ level: label }) } },
    destinationOf(stream),
  )

const destinationOf = (stream: Writable): DestinationStream =>
  'fd' in stream && typeof stream.fd === 'number'
    ? pino.destination({ fd: stream.fd, sync: false, minLength: 16_000, periodicFlush: 100 })
    : stream
