import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { PodvaultError, sentence } from '../errors.ts'
import type { Kept } from './keep.ts'
import { makeCertificates } from './make-certificates.ts'

/** What a TLS server shows; PEM. */
export type Certificate = { readonly cert: string; readonly key: string; readonly notAfter: Date }

/** Where the serving certificate comes from. */
export type CertificateSource = Kept<Certificate> & {
  /** The CA in base64, as a webhook configuration has it in `caBundle`, where the source knows it. */
  readonly caBundle?: string
}

/** Days; a process outside a cluster does not live that long. */
const memoryDays = 365

/** A certificate of our own making that ends with the process. */
export const memoryCertificate = async (hosts: readonly string[], now: Date): Promise<CertificateSource> => {
  const { caCert, cert, key } = await makeCertificates(hosts, now, memoryDays)
  const certificate = readCertificate({ cert, key }, 'the certificate made at start')
  return {
    current: () => certificate,
    renewed: () => undefined,
    caBundle: Buffer.from(caCert).toString('base64'),
  }
}

export type CertificateFiles = { readonly certFile: string; readonly keyFile: string }

/**
 * A certificate from two files, which others may replace while we serve.
 * @throws PodvaultError when the files cannot be served to begin with
 */
export const fileCertificate = (files: CertificateFiles): CertificateSource => {
  let certificate = readCertificate(readPair(files), describe(files))
  return {
    current: () => certificate,
    renewed: () => {
      const next = readPair(files)
      if (next.cert === certificate.cert && next.key === certificate.key) return undefined
      certificate = readCertificate(next, describe(files))
      return certificate
    },
  }
}

type Pair = { readonly cert: string; readonly key: string }

const describe = ({ certFile, keyFile }: CertificateFiles): string => `the certificate of ${certFile} and ${keyFile}`

const readPair = (files: CertificateFiles): Pair => {
  try {
    return { cert: readFileSync(files.certFile, 'utf8'), key: readFileSync(files.keyFile, 'utf8') }
  } catch (cause) {
    throw unusable(describe(files), cause)
  }
}

const readCertificate = (pair: Pair, what: string): Certificate => {
  let notAfter: Date
  try {
    // Fails where the key is not the certificate's.
    createSecureContext(pair)
    notAfter = new X509Certificate(pair.cert).validToDate
  } catch (cause) {
    throw unusable(what, cause)
  }
  return { ...pair, notAfter }
}

const unusable = (what: string, cause: unknown): PodvaultError =>
  new PodvaultError('failed', `${what} cannot be used: ${sentence(cause)}`, {
    cause,
    hint: 'a PEM certificate and the PEM key that belongs to it are needed',
  })
