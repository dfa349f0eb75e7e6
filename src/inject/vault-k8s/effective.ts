import { type Effective, type Layer, said } from '../layers.ts'
import type { Problem } from '../reasons.ts'
import type { Texts } from '../settings.ts'
import { annotations, type Entry, familyOf, isFixed, keys, prefix } from './annotations.ts'
import { readVaultK8s } from './read.ts'

/** Every setting of a pod in the language of vault-k8s, and who set it; families where somebody says something. */
export const effectiveVaultK8s = (layers: readonly Layer[]): readonly Effective[] => {
  const names = [...new Set(layers.flatMap(({ texts }) => Object.keys(texts)))].filter(name => name.startsWith(prefix))
  return keys.flatMap(key => {
    const entry = annotations[key] as Entry<unknown>
    const members = names.filter(name => {
      const short = name.slice(prefix.length)
      return !isFixed(short) && familyOf(short)?.family === key
    })
    const all = isFixed(key) ? [prefix + key, ...members.sort()] : members.sort()
    return all.map(name => effective(layers, name, name === prefix + key ? entry.default : undefined, entry.doc))
  })
}

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
