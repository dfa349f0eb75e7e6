import { X509Certificate } from 'node:crypto'
import { PodvaultError, sentence } from '../errors.ts'

/** Bytes. They go into a variable of every injected pod, which Linux refuses above 128 KiB. */
const longest = 32 * 1024

/**
 * The certificates of a PEM file, and nothing else of it: a key beside them stays where it is.
 * @param what the file, for the sentence
 * @throws PodvaultError `usage`
 */
export const readVaultCa = (pem: string, what: string): string => {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (found.length === 0) throw unusable(what, 'it holds no certificate in PEM')
  for (const [index, certificate] of found.entries())
    try {
      void new X509Certificate(certificate)
    } catch (cause) {
      throw unusable(what, `its certificate ${index + 1} cannot be read: ${sentence(cause)}`)
    }
  const certificates = `${found.join('\n')}\n`
  if (certificates.length > longest)
    throw unusable(
      what,
      `it has ${certificates.length} bytes, and every pod carries it; at most ${longest} are possible`,
    )
  return certificates
}

const unusable = (what: string, why: string): PodvaultError =>
  new PodvaultError('usage', `the certificates of Vault in ${what} cannot be used: ${why}`, {
    hint: "the CA of Vault's certificate is meant",
  })
