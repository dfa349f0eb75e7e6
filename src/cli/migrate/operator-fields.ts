import type { Texts } from '../../inject/settings.ts'
import type { Setting } from './finding.ts'
import { numberOf, recordOf, type Synced, textOf, titleOf } from './operator-objects.ts'

/** How soon changes are seen, and leases renewed: the quickest of all. */
export const paceOf = (all: readonly Synced[]): Texts => {
  const specs = all.map(({ object }) => object.spec)
  const refreshes = specs.flatMap(spec => textOf(spec, 'refreshAfter') ?? [])
  const shares = specs.flatMap(spec => numberOf(spec, 'renewalPercent') ?? [])
  const instant = specs.some(spec => recordOf(spec, 'syncConfig')['instantUpdates'] === true)
  const [refresh] = refreshes.toSorted((a, b) => seconds(a) - seconds(b))
  return {
    ...(refresh !== undefined && { refresh }),
    ...(shares.length > 0 && { 'renew-at': String(Math.min(Math.max(Math.min(...shares) / 100, 0.1), 0.9)) }),
    ...(instant && { 'instant-updates': 'true' }),
  }
}

const unit = { h: 3600, m: 60, s: 1, ms: 0.001 } as const

const seconds = (duration: string): number =>
  Array.from(
    duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g),
    ([, number, of]) => Number(number) * unit[of as 's'],
  ).reduce((a, b) => a + b, 0)

const words: Readonly<Record<string, string>> = {
  mount: 'path',
  path: 'path',
  role: 'path',
  type: 'kv',
  version: 'version',
  refreshAfter: 'podvault.dev/refresh',
  renewalPercent: 'podvault.dev/renew-at',
  vaultAuthRef: 'podvault.dev/role, auth-path, audience',
  destination: 'env and files of the pod: there is no Secret',
  rolloutRestartTargets: 'podvault.dev/on-change: restart',
  syncConfig: 'podvault.dev/instant-updates',
  namespace: 'podvault.dev/namespace',
  requestHTTPMethod: 'method',
  params: 'params',
  revoke: 'the default: revoked when the pod ends',
  allowStaticCreds: 'not needed: podvault knows static roles by their answer',
  hmacSecretData: 'not needed: nothing lies in the cluster that could be changed',
  expiryOffset: 'podvault.dev/renew-at',
  clear: 'not needed: the files end with the pod',
}

/** What becomes of each field of an object. */
export const settingsOf = ({ object }: Synced): readonly Setting[] =>
  Object.keys(object.spec).map(field => ({
    setting: `${titleOf(object)}: ${field}`,
    becomes: Object.hasOwn(words, field)
      ? String(words[field])
      : object.kind === 'VaultPKISecret'
        ? 'params'
        : 'unknown',
  }))
