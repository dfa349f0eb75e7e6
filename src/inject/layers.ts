import { quote } from './quote.ts'
import type { Problem } from './reasons.ts'
import type { Settings } from './settings.ts'

/** What one place says, annotations by full name; the pod's may be anything. */
export type Layer = { readonly origin: string; readonly texts: Readonly<Record<string, unknown>> }

export type Said = { readonly value: unknown; readonly origin: string }

/** One setting of a pod as it holds in the end, for people to read; `origin` is `default` where nobody says anything. */
export type Effective = {
  /** By full name. */
  readonly annotation: string
  /** As it would be written; undefined where there is none. */
  readonly value: string | undefined
  readonly origin: string
  readonly doc: string
}

export const profileAnnotation = 'podvault.dev/profile'

/**
 * Everybody who may say something about a pod, the first to be heard first: the pod, its namespace, the operator, the
 * variables of vault-k8s. The profile that one of them chooses stands right behind it.
 */
export const layersOf = (
  podAnnotations: Readonly<Record<string, unknown>>,
  namespace: string,
  { defaults, namespaces, profiles, inherited }: Pick<Settings, 'defaults' | 'namespaces' | 'profiles' | 'inherited'>,
): { readonly layers: readonly Layer[]; readonly problems: readonly Problem[] } => {
  const places: readonly Layer[] = [
    { origin: 'pod', texts: podAnnotations },
    { origin: `namespace ${namespace}`, texts: (Object.hasOwn(namespaces, namespace) && namespaces[namespace]) || {} },
    { origin: 'operator', texts: defaults },
    { origin: 'AGENT_INJECT_*', texts: inherited },
  ].filter(({ origin, texts }) => origin === 'pod' || saysAnything(texts))
  const chosen = places.findIndex(({ texts }) => Object.hasOwn(texts, profileAnnotation))
  const name = chosen === -1 ? undefined : places[chosen]?.texts[profileAnnotation]
  if (name === undefined || typeof name !== 'string') return { layers: places, problems: [] }
  const texts = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (texts === undefined) return { layers: places, problems: [unknownProfile(name, Object.keys(profiles))] }
  return { layers: places.toSpliced(chosen + 1, 0, { origin: `profile ${name}`, texts }), problems: [] }
}

const saysAnything = (texts: Layer['texts']): boolean => {
  for (const name in texts) if (Object.hasOwn(texts, name)) return true
  return false
}

const unknownProfile = (name: string, known: readonly string[]): Problem => ({
  reason: 'bad-value',
  message: `${profileAnnotation} is ${quote(name)}; ${known.length === 0 ? 'the operator has defined no profile' : `the operator has defined: ${quote(known.join(', '), 200)}`}`,
})

/** All that is said of annotations under a prefix, by what follows it. Faster than one question for each. */
export const saidUnder = (layers: readonly Layer[], prefix: string): ReadonlyMap<string, Said> => {
  const heard = new Map<string, Said>()
  for (const { origin, texts } of layers)
    for (const name of Object.keys(texts)) {
      if (!name.startsWith(prefix)) continue
      const key = name.slice(prefix.length)
      if (!heard.has(key)) heard.set(key, { value: texts[name], origin })
    }
  return heard
}

/** What the first to be heard says of an annotation; undefined where nobody says anything. */
export const said = (layers: readonly Layer[], annotation: string): Said | undefined => {
  for (const { origin, texts } of layers)
    if (Object.hasOwn(texts, annotation)) return { value: texts[annotation], origin }
  return undefined
}
