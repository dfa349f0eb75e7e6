import type { Server } from 'node:https'
import type { SecureVersion } from 'node:tls'
import type { Log } from '../log.ts'
import type { CertificateSource } from './certificate.ts'
import { keep, type Keeping, type Kept } from './keep.ts'

export type TlsParts = Keeping & {
  readonly minVersion: SecureVersion
  /** The authorities of client certificates, in PEM, where those are asked for. */
  readonly callers: Kept<string> | undefined
}

/**
 * Lets the server show each new certificate of its source, and verify callers by what is in their authority's file now,
 * until it is told to stop. Connections go on with what they have.
 */
export const keepCertificate = async (
  source: CertificateSource,
  server: Server,
  log: Log,
  { minVersion, callers, ...keeping }: TlsParts,
): Promise<void> => {
  const use = (): void => {
    const { cert, key } = source.current()
    server.setSecureContext({ cert, key, minVersion, ...(callers && { ca: callers.current() }) })
  }
  const shown = source.run(({ notAfter }) => {
    use()
    log.info({ notAfter }, 'the certificate has been renewed')
  })
  const renewed = (): void => {
    use()
    log.info('the authority of callers has been renewed')
  }
  const complain = (message: string): void => log.error(`${message}; the one from before stays in use`)
  await Promise.all([shown, callers && keep(callers, keeping, renewed, complain)])
}
