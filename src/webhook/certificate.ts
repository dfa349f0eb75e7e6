import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { PodvaultError, sentence } from '../errors.ts'
import { keep, type Keeping, type Kept } from './keep.ts'
import { makeCertificates, type Pair } from './make-certificates.ts'

/** What a TLS server shows; PEM. */
export type Certificate = Pair & { readonly notAfter: Date }

/** Where the serving certificate comes from. */
export type CertificateSource = {
  readonly current: () => Certificate
  /** Hands on each certificate that takes the place of the current one, until it is told to stop. */
  readonly run: (show: (certificate: Certificate) => void) => Promise<void>
  readonly status: () => CertificateStatus
  /** The CA in base64, as a webhook configuration has it in `caBundle`, where only the source knows it. */
  readonly caBundle?: string
}

export type CertificateStatus = {
  /** In a sentence, why the API server does not trust the current one; undefined where it does, or nobody knows. */
  readonly untrusted?: string | undefined
  /** Where there is an authority of our own. */
  readonly authority?: {
    readonly notAfter: Date | undefined
    readonly isLeader: boolean
    /** Whether anybody is seen to lead. */
    readonly hasLeader: boolean
  }
}

/** Days; a process outside a cluster does not live that long. */
const memoryDays = 365

/** A certificate of our own making that ends with the process. */
export const memoryCertificate = (hosts: readonly string[], now: Date): CertificateSource => {
  const { caCert, cert, key } = makeCertificates(hosts, now, memoryDays)
  const certificate = readCertificate({ cert, key }, 'the certificate made at start')
  return {
    current: () => certificate,
    run: async () => undefined,
    status: () => ({}),
    caBundle: Buffer.from(caCert).toString('base64'),
  }
}

export type CertificateFiles = { readonly certFile: string; readonly keyFile: string }

/** What is kept, as a source. What cannot be served is reported once, and the certificate from before stays. */
export const keptCertificate = (
  kept: Kept<Certificate>,
  keeping: Keeping,
  complain: (message: string) => void,
): CertificateSource => ({
  current: kept.current,
  run: async show =>
    keep(kept, keeping, show, message => complain(`${message}; the certificate from before stays in use`)),
  status: () => ({}),
})

/**
 * A certificate from two files, which others may replace while we serve.
 * @throws PodvaultError when the files cannot be served to begin with
 */
export const fileCertificate = (files: CertificateFiles): Kept<Certificate> => {
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
