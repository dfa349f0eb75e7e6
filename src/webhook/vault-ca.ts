import { PodvaultError, sentence } from '../errors.ts'
import { readCertificates } from './pem.ts'

/** Bytes. They go into a variable of every injected pod, which Linux refuses above 128 KiB. */
const longest = 32 * 1024

/**
 * The certificates of a PEM file, and nothing else of it: a key beside them stays where it is.
 * @param what the file, for the sentence
 * @throws PodvaultError `usage`
 */
export const readVaultCa = (pem: string, what: string): string => {
  const certificates = certificatesOf(pem, what)
  if (certificates.length > longest)
    throw unusable(
      what,
      `it has ${certificates.length} bytes, and every pod carries it; at most ${longest} are possible`,
    )
  return certificates
}

const certificatesOf = (pem: string, what: string): string => {
  try {
    return readCertificates(pem)
  } catch (cause) {
    throw unusable(what, sentence(cause))
  }
}

const unusable = (what: string, why: string): PodvaultError =>
  new PodvaultError('usage', `the certificates of Vault in ${what} cannot be used: ${why}`, {
    hint: "the CA of Vault's certificate is meant",
  })
