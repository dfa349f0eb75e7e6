import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute } from './processes.ts'

export type ClientCertificates = {
  /** Of all of them, in PEM. */
  readonly ca: string
  /** Another certificate with its key, as `kubectl create secret tls` calls them. */
  readonly next: () => { readonly 'tls.crt': string; readonly 'tls.key': string }
}

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** Certificates to log in with, and a CA for them alone. */
export const clientCertificate = (name: string): ClientCertificates => {
  const make = <T>(work: (folder: string) => T): T => {
    const folder = mkdtempSync(join(tmpdir(), 'client-'))
    try {
      return work(folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  const authority = make(folder => {
    const [keyFile, certFile] = [join(folder, 'ca.key'), join(folder, 'ca.crt')]
    const out = ['-keyout', keyFile, '-out', certFile, '-days', '1', '-subj', `/CN=${name}-ca`]
    execute('openssl', 'req', '-x509', ...key, ...out)
    return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') }
  })
  const next = () =>
    make(folder => {
      const file = (end: string) => join(folder, end)
      writeFileSync(file('ca.key'), authority.key)
      writeFileSync(file('ca.crt'), authority.cert)
      writeFileSync(file('ext'), 'extendedKeyUsage=clientAuth\nsubjectAltName=DNS:client\n')
      execute('openssl', 'req', ...key, '-keyout', file('k'), '-out', file('csr'), '-subj', `/CN=${name}`)
      const signer = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '1']
      execute('openssl', 'x509', '-req', '-in', file('csr'), '-out', file('c'), '-extfile', file('ext'), ...signer)
      return { 'tls.crt': readFileSync(file('c'), 'utf8'), 'tls.key': readFileSync(file('k'), 'utf8') }
    })
  return { ca: authority.cert, next }
}
