import type { Pair } from './make-certificates.ts'
import type { Registration } from './registration.ts'
import { authoritiesIn, lifeOf, type Trust } from './trust.ts'

/** A server certificate, by which authority it is, and the names it was made for. */
export type Leaf = Pair & { readonly authority: string; readonly hosts: readonly string[] }

/** What a replica knows when it decides about its own certificate. */
export type Situation = {
  readonly trust: Trust | string
  readonly registrations: readonly Registration[]
  readonly leaf: Leaf | undefined
  /** Under these it is called, whatever the registrations say. */
  readonly hosts: readonly string[]
  /** Every API server must have heard by now of the authority that signs. */
  readonly isSettled: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Whether the API server verifies a certificate of this authority, wherever it calls us. */
export const isTrusted = (authority: string, registrations: readonly Registration[]): boolean =>
  registrations.some(({ kind }) => kind === 'MutatingWebhookConfiguration') &&
  registrations.every(({ webhooks }) => webhooks.every(({ caBundle }) => authoritiesIn(caBundle).includes(authority)))

/** The certificate to be made and shown next; undefined while the one there is stays. */
export const nextLeaf = (
  situation: Situation,
): { readonly authority: Pair; readonly hosts: readonly string[] } | undefined => {
  const { trust, registrations, leaf, isSettled, now } = situation
  if (typeof trust === 'string' || !isTrusted(trust.current.cert, registrations)) return undefined
  const wish = { authority: trust.current, hosts: hostsOf(situation) }
  if (leaf === undefined) return isSettled ? wish : undefined
  const { renewAt, notAfter } = lifeOf(leaf.cert)
  // One that nobody takes any more loses nothing by leaving early.
  if (leaf.authority !== trust.current.cert)
    return isSettled || notAfter <= now || !isTrusted(leaf.authority, registrations) ? wish : undefined
  return renewAt <= now || wish.hosts.join() !== leaf.hosts.join() ? wish : undefined
}

const hostsOf = ({ hosts, registrations }: Situation): readonly string[] => {
  const called = registrations.flatMap(({ webhooks }) => webhooks.map(({ host }) => host)).filter(host => host !== '')
  return [...new Set([...hosts, ...called.sort()])]
}

/**
 * In a sentence, what keeps the API server from trusting the certificate that is shown; undefined where nothing does.
 * @param failure why the API server could not be asked the last time
 */
export const leafProblem = (
  { trust, registrations, leaf, now }: Pick<Situation, 'trust' | 'registrations' | 'leaf' | 'now'>,
  configuration: string,
  failure: string | undefined,
): string | undefined => {
  if (leaf !== undefined && isTrusted(leaf.authority, registrations))
    return lifeOf(leaf.cert).notAfter > now
      ? undefined
      : 'its certificate has ended, and there was no way to make another'
  if (failure !== undefined) return failure
  if (!registrations.some(({ kind }) => kind === 'MutatingWebhookConfiguration'))
    return `there is no MutatingWebhookConfiguration ${configuration}`
  const injected = registrations.find(({ isInjected }) => isInjected)
  if (injected !== undefined)
    return `cert-manager writes the caBundle of ${injected.kind} ${configuration}: take its annotation cert-manager.io/inject-ca-from away, or set --tls-cert-file and --tls-key-file`
  if (typeof trust === 'string') return `there is no authority to make a certificate with: ${trust}`
  return `the caBundle of ${registrations.map(({ kind }) => kind).join(' or ')} ${configuration} does not have the authority of its certificate yet`
}
