import { annotations as native, prefix as nativePrefix } from '../annotations.ts'
import { type Effective, type Layer, said } from '../layers.ts'
import type { Problem } from '../reasons.ts'
import type { Texts } from '../settings.ts'
import { annotations, type Entry, familyOf, isFixed, type Key, keys, prefix } from './annotations.ts'
import { mixedKeys } from './mixed.ts'
import { readVaultK8s } from './read.ts'

/** Every setting of a pod in the language of vault-k8s, and who set it; families where somebody says something. */
export const effectiveVaultK8s = (layers: readonly Layer[]): readonly Effective[] => {
  const names = [...new Set(layers.flatMap(({ texts }) => Object.keys(texts)))].filter(name => name.startsWith(prefix))
  return [
    ...keys.flatMap(key => settingsOf(layers, names, key)),
    ...mixedKeys.map(key => effective(layers, nativePrefix + key, native[key].default, native[key].doc)),
  ]
}

/** Of a key itself, and of the members of a family that somebody names. */
const settingsOf = (layers: readonly Layer[], names: readonly string[], key: Key): readonly Effective[] => {
  const entry = annotations[key] as Entry<unknown>
  const members = names.filter(name => {
    const short = name.slice(prefix.length)
    return !isFixed(short) && familyOf(short)?.family === key
  })
  const all = isFixed(key) ? [prefix + key, ...members.sort()] : members.sort()
  const fallback = measured.includes(key) ? undefined : entry.default || undefined
  return all.map(name => effective(layers, name, name === prefix + key ? fallback : undefined, entry.doc))
}

/** What holds here where nobody says anything depends on the engine and the app. */
const measured: readonly Key[] = [
  'agent-limits-cpu',
  'agent-limits-mem',
  'agent-requests-cpu',
  'agent-requests-mem',
  'agent-run-as-user',
  'agent-run-as-group',
]

const effective = (
  layers: readonly Layer[],
  annotation: string,
  fallback: string | undefined,
  doc: string,
): Effective => {
  const found = said(layers, annotation)
  const value = found === undefined ? fallback : typeof found.value === 'string' ? found.value : undefined
  return { annotation, value, origin: found?.origin ?? 'default', doc }
}

/** Each pod says these for itself. */
const ownOnly = ['agent-inject', 'agent-inject-status', 'agent-request-namespace'].map(key => prefix + key)

/** An operator's defaults in the language of vault-k8s, checked like a pod's own; one that does not exist is a problem. */
export const checkVaultK8sDefaults = (texts: Texts): readonly Problem[] => {
  const { problems, warnings } = readVaultK8s([{ origin: 'pod', texts }])
  return [
    ...problems.map(({ reason, message }) => ({ reason, message: message.replace(/^error [a-z ]+: /, '') })),
    ...warnings.map((message): Problem => ({ reason: 'unknown-annotation', message })),
    ...ownOnly
      .filter(name => Object.hasOwn(texts, name))
      .map((name): Problem => ({
        reason: 'not-allowed',
        message: `${name} has no default: each pod says it for itself`,
      })),
  ]
}
