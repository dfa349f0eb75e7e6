import { slack } from './make-certificates.ts'
import type { Registration } from './registration.ts'
import { authoritiesIn, type Former, lifeOf, readTrust, type SecretData, type Trust } from './trust.ts'

/** What the API server has of our certificates. */
export type Seen = {
  /** Undefined while there is none. */
  readonly secret: { readonly version: string; readonly data: SecretData } | undefined
  /** Those that there are. */
  readonly registrations: readonly Registration[]
}

/** How long certificates live, in milliseconds. */
export type Lives = { readonly authority: number; readonly leaf: number }

/** What the leader has to do. */
export type Action =
  /** Make a new authority, and store it with those before it; `why` in a few words. */
  | { readonly kind: 'replace-authority'; readonly why: string; readonly former: readonly Former[] }
  | { readonly kind: 'register'; readonly registration: Registration; readonly caBundle: string }

/**
 * What is to be done so that the API server trusts the leaves of all replicas. First the Secret, which says what is to be
 * trusted. Where it does not say that any more, the caBundles tell what leaves may be from.
 * @param now milliseconds since 1970
 */
export const tend = (seen: Seen, now: number, lives: Lives): readonly Action[] => {
  const { registrations } = seen
  const trust = trustOf(seen)
  if (typeof trust === 'string') {
    const inUse = registrations.flatMap(({ webhooks }) => webhooks).flatMap(({ caBundle }) => authoritiesIn(caBundle))
    return [{ kind: 'replace-authority', why: trust, former: retire([...new Set(inUse)], now, lives) }]
  }
  const { current, former } = trust
  if (lifeOf(current.cert).renewAt <= now) {
    const retired = [...retire([current.cert], now, lives), ...former.filter(({ until }) => until > now)]
    return [{ kind: 'replace-authority', why: 'two thirds of its life are over', former: retired }]
  }
  const caBundle = bundleOf(trust, now)
  return registrations
    .filter(({ isInjected, webhooks }) => !isInjected && webhooks.some(webhook => webhook.caBundle !== caBundle))
    .map(registration => ({ kind: 'register', registration, caBundle }))
}

/** In a few words, why there is no authority to sign with; else what there is. */
export const trustOf = ({ secret }: Pick<Seen, 'secret'>): Trust | string =>
  secret === undefined ? 'there is no Secret' : readTrust(secret.data)

/** Trusted as long as a leaf of theirs can live that was made just now, and no longer than they live themselves. */
const retire = (certs: readonly string[], now: number, lives: Lives): readonly Former[] =>
  certs
    .map(cert => ({ cert, until: Math.min(lifeOf(cert).notAfter, now + lives.leaf + slack) }))
    .filter(({ until }) => until > now)

/** What the API server is to trust, in PEM. */
export const bundleOf = ({ current, former }: Trust, now: number): string =>
  [current.cert, ...former.filter(({ until }) => until > now).map(({ cert }) => cert)].join('')
