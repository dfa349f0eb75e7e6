import { isIP } from 'node:net'

/** PEM, all four. */
export type Certificates = {
  readonly caCert: string
  readonly caKey: string
  readonly cert: string
  readonly key: string
}

/** Not before a minute ago: clocks of nodes differ. */
const slack = 60_000

/**
 * A certificate authority and a server certificate by it: ECDSA P-256, SHA-256, both valid for `days` days from now.
 * @param hosts DNS names and IP addresses of the server certificate
 */
export const makeCertificates = async (hosts: readonly string[], now: Date, days: number): Promise<Certificates> => {
  // Not for those who bring their own certificate: it takes 15 MB.
  const { default: selfsigned } = await import('selfsigned')
  const common = {
    // selfsigned's own defaults are RSA and SHA-1, which Go clients refuse.
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - slack),
    notAfterDate: new Date(now.getTime() + days * 86_400_000),
  } as const
  const ca = await selfsigned.generate([{ name: 'commonName', value: 'podvault CA' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  const leaf = await selfsigned.generate([{ name: 'commonName', value: 'podvault webhook' }], {
    ...common,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: hosts.map(alternativeName) },
    ],
  })
  return { caCert: ca.cert, caKey: ca.private, cert: leaf.cert, key: leaf.private }
}

const alternativeName = (host: string) =>
  isIP(host) === 0 ? ({ type: 2, value: host } as const) : ({ type: 7, ip: host } as const)

/** The names under which a webhook is called: on this machine, and as the Service of a namespace. */
export const webhookHosts = (namespace: string, more: readonly string[]): readonly string[] => [
  ...new Set(['localhost', '127.0.0.1', '::1', `podvault.${namespace}.svc`, ...more]),
]
