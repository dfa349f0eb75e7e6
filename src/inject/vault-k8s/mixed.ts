import { annotations as native, prefix as nativePrefix } from '../annotations.ts'
import { type Layer, profileAnnotation, said } from '../layers.ts'
import { quote } from '../quote.ts'
import type { Problem } from '../reasons.ts'

/** The keys of podvault that mean something here, too. */
export const mixedKeys = [
  'native-sidecar',
  'engine',
  'renew-at',
  'login-timeout',
  'on-change',
  'metrics-port',
  'instant-updates',
] as const

type MixedKey = (typeof mixedKeys)[number]
type ValueOf<K extends MixedKey> = Exclude<ReturnType<(typeof native)[K]['kind']['read']>, undefined>

/** What a pod in the language of vault-k8s may say to podvault besides; undefined where nobody does. */
export type Mixed = { readonly [K in MixedKey]?: ValueOf<K> }

/** Also harmless on such a pod: read elsewhere, or left over from another life of the manifest. */
const accepted = [profileAnnotation, `${nativePrefix}status`, ...mixedKeys.map(key => nativePrefix + key)]

export const readMixed = (
  layers: readonly Layer[],
): { readonly mixed: Mixed; readonly problems: readonly Problem[] } => {
  const problems = foreign(layers[0]?.texts ?? {})
  const mixed: Record<string, unknown> = {}
  for (const key of mixedKeys) {
    const found = said(layers, nativePrefix + key)
    if (found === undefined) continue
    const value = typeof found.value === 'string' ? native[key].kind.read(found.value) : undefined
    if (value !== undefined) mixed[key] = value
    else {
      const where = found.origin === 'pod' ? '' : ` (from the ${found.origin})`
      const is = typeof found.value === 'string' ? `is ${quote(found.value)}` : 'is no string'
      problems.push({
        reason: 'bad-value',
        message: `${nativePrefix}${key} ${is}${where}; allowed: ${native[key].kind.allowed}`,
      })
    }
  }
  return { mixed, problems }
}

const foreign = (texts: Readonly<Record<string, unknown>>): Problem[] =>
  Object.keys(texts)
    .filter(name => name.startsWith(nativePrefix) && !accepted.includes(name))
    // Nobody asks here for anything.
    .filter(name => name !== `${nativePrefix}inject` || texts[name] !== 'false')
    .sort()
    .map(name => ({
      reason: 'both-prefixes',
      message: `${quote(name)} says nothing to a pod with vault.hashicorp.com/agent-inject; remove it, or write all of them as podvault.dev/`,
    }))
