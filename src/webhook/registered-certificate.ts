import { sentence } from '../errors.ts'
import { type ApiServer, jsonIn } from './api-server.ts'
import type { Certificate, CertificateSource } from './certificate.ts'
import { cut } from './cut.ts'
import { type Keeping, pause } from './keep.ts'
import { makeAuthority, makeLeaf } from './make-certificates.ts'
import { putCaBundle } from './objects.ts'
import { certificatesIn } from './pem.ts'
import { readRegistration, type Registration, registrationPath } from './registration.ts'
import type { Lives } from './tend.ts'
import { lifeOf } from './trust.ts'

export type RegisteredParts = {
  readonly api: ApiServer
  /** Name of the MutatingWebhookConfiguration. */
  readonly configuration: string
  /** Under these it is called, beside those that the registration says. */
  readonly hosts: readonly string[]
  readonly lives: Lives
  readonly keeping: Keeping
  readonly now: () => Date
  readonly complain: (message: string) => void
}

/** In a caBundle: our own, and those of replicas that may be there too. */
const most = 4

const kind = 'MutatingWebhookConfiguration'

/**
 * A certificate of this process alone, whose authority it puts into a caBundle. For an account that may write that but keeps
 * no Secret, as the one of vault-k8s's chart; its one replica needs no more.
 */
export const registeredCertificate = (parts: RegisteredParts): CertificateSource => {
  const { api, configuration, lives, keeping, now, complain } = parts
  let authority = makeAuthority(now(), lives.authority)
  let hosts = parts.hosts
  const leafNow = (): Certificate => {
    const pair = makeLeaf(authority, hosts, now(), lives.leaf)
    return { ...pair, notAfter: new Date(lifeOf(pair.cert).notAfter) }
  }
  let shown = leafNow()
  const first = Buffer.from(authority.cert).toString('base64')
  let problem: string | undefined

  const isOver = (cert: string): boolean => lifeOf(cert).renewAt <= now().getTime()

  const look = async (show: (certificate: Certificate) => void): Promise<void> => {
    const registration = await read(api, configuration)
    const called = [...new Set([...parts.hosts, ...registration.webhooks.map(({ host }) => host)])]
    const isNew = isOver(authority.cert)
    if (isNew) authority = makeAuthority(now(), lives.authority)
    const bundles = registration.webhooks.map(({ caBundle }) => caBundle)
    if (bundles.some(bundle => !certificatesIn(bundle).includes(authority.cert.trim())))
      await putCaBundle(api, configuration, registration, bundleOf(authority.cert, bundles))
    if (!isNew && !isOver(shown.cert) && called.join() === hosts.join()) return
    hosts = called
    shown = leafNow()
    show(shown)
  }
  const run = async (show: (certificate: Certificate) => void): Promise<void> => {
    do {
      const failure = await look(show).then(() => undefined, sentence)
      const message = failure === undefined ? undefined : cut(failure, 500)
      if (message !== undefined && message !== problem) complain(`the caBundle cannot be kept: ${message}`)
      problem = message
    } while (await pause(keeping.every, keeping.stop))
  }
  // Whoever may not write it may have it written by somebody else: nobody knows.
  return { current: () => shown, run, status: () => ({}), caBundle: first }
}

const read = async (api: ApiServer, name: string): Promise<Registration> =>
  readRegistration(
    kind,
    await jsonIn(await api.ask('GET', `${registrationPath(kind)}/${name}`, AbortSignal.timeout(5000)), 4 * 2 ** 20),
  )

/** Ours first; whoever else is trusted stays so, as long as there is room. */
const bundleOf = (own: string, bundles: readonly string[]): string => {
  const others = [...new Set(bundles.flatMap(certificatesIn))]
  return [own.trim(), ...others].slice(0, most).join('\n').concat('\n')
}
