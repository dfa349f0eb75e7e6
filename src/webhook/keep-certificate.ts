import type { Server } from 'node:https'
import type { SecureVersion } from 'node:tls'
import type { Log } from '../log.ts'
import type { CertificateSource } from './certificate.ts'

/** Lets the server show each new certificate of its source, as long as that runs. Connections go on with what they have. */
export const keepCertificate = async (
  source: CertificateSource,
  server: Server,
  log: Log,
  minVersion: SecureVersion,
): Promise<void> =>
  source.run(({ cert, key, notAfter }) => {
    server.setSecureContext({ cert, key, minVersion })
    log.info({ notAfter }, 'the certificate has been renewed')
  })
