import type { Server } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import type { SecureVersion } from 'node:tls'
import { sentence } from '../errors.ts'
import type { Log } from '../log.ts'
import type { CertificateSource } from './certificate.ts'

export type Keeping = {
  /** Milliseconds between two looks. The kubelet takes a minute to bring a new one; watching the files would be no sooner. */
  readonly every: number
  readonly minVersion: SecureVersion
  /** Ends the watch. */
  readonly stop: AbortSignal
}

/**
 * Lets the server show each new certificate of its source, until it is told to stop. Connections go on with what they
 * have. A pair that cannot be served is reported once, and the one before it stays.
 */
export const keepCertificate = async (
  source: CertificateSource,
  server: Server,
  log: Log,
  { every, minVersion, stop }: Keeping,
): Promise<void> => {
  let reported = ''
  while (await pause(every, stop)) {
    try {
      const certificate = source.renewed()
      if (certificate === undefined) continue
      server.setSecureContext({ cert: certificate.cert, key: certificate.key, minVersion })
      log.info({ notAfter: certificate.notAfter }, 'the certificate has been renewed')
      reported = ''
    } catch (error) {
      const message = sentence(error)
      if (message !== reported) log.error(`${message}; the certificate from before stays in use`)
      reported = message
    }
  }
}

/** False when it was told to stop. */
const pause = async (every: number, signal: AbortSignal): Promise<boolean> => {
  await wait(every, undefined, { signal }).catch(() => undefined)
  return !signal.aborted
}
