import { X509Certificate } from 'node:crypto'
import { sentence } from '../errors.ts'

/** The certificates of a PEM file, as they are written there; whatever else is in it stays where it is. */
export const certificatesIn = (pem: string): readonly string[] =>
  pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

/**
 * The certificates of a PEM file that must have some, and nothing else of it.
 * @throws Error in a few words that quote nothing
 */
export const readCertificates = (pem: string): string => {
  const found = certificatesIn(pem)
  if (found.length === 0) throw new Error('it holds no certificate in PEM')
  for (const [index, certificate] of found.entries())
    try {
      void new X509Certificate(certificate)
    } catch (cause) {
      throw new Error(`its certificate ${index + 1} cannot be read: ${sentence(cause)}`, { cause })
    }
  return `${found.join('\n')}\n`
}
