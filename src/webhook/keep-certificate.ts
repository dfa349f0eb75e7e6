import type { Server } from 'node:https'
import type { SecureVersion } from 'node:tls'
import type { Log } from '../log.ts'
import type { CertificateSource } from './certificate.ts'
import { keep, type Keeping } from './keep.ts'

/**
 * Lets the server show each new certificate of its source, until it is told to stop. Connections go on with what they
 * have. A pair that cannot be served is reported once, and the one before it stays.
 */
export const keepCertificate = async (
  source: CertificateSource,
  server: Server,
  log: Log,
  { minVersion, ...keeping }: Keeping & { readonly minVersion: SecureVersion },
): Promise<void> =>
  keep(
    source,
    keeping,
    ({ cert, key, notAfter }) => {
      server.setSecureContext({ cert, key, minVersion })
      log.info({ notAfter }, 'the certificate has been renewed')
    },
    message => log.error(`${message}; the certificate from before stays in use`),
  )
