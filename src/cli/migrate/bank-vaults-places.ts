import type { Container, Pod } from '../../inject/pod.ts'
import type { Texts } from '../../inject/settings.ts'
import { parseValue, type Reference, variableOf } from './references.ts'

/** The texts of ConfigMaps that are known, by their names. */
export type ConfigMaps = (name: string) => Texts | undefined

/** Where a variable comes from that asks for something of Vault's. */
export type Place = {
  readonly list: 'containers' | 'initContainers'
  readonly container: string
  readonly variable: string
  readonly parsed: Exclude<ReturnType<typeof parseValue>, { readonly kind: 'plain' }>
  /** Where the value stands in a ConfigMap. */
  readonly configMap?: string
}

export const placesIn = ({ spec }: Pod, configMaps: ConfigMaps): readonly Place[] =>
  (['initContainers', 'containers'] as const).flatMap(list =>
    (spec?.[list] ?? []).flatMap(container =>
      variablesOf(container, configMaps).flatMap(({ value, ...rest }) => {
        const parsed = parseValue(value)
        return parsed.kind === 'plain' ? [] : [{ list, container: container.name, parsed, ...rest }]
      }),
    ),
  )

type Variable = { readonly variable: string; readonly value: string; readonly configMap?: string }

const variablesOf = ({ env = [], envFrom = [] }: Container, configMaps: ConfigMaps): readonly Variable[] => [
  ...envFrom.flatMap(({ configMapRef, prefix = '' }) =>
    Object.entries(configMaps(configMapRef?.name ?? '') ?? {}).map(([key, value]) => ({
      variable: prefix + key,
      value,
      configMap: String(configMapRef?.name),
    })),
  ),
  ...env.flatMap(({ name, value, valueFrom }): readonly Variable[] => {
    if (value !== undefined) return [{ variable: name, value }]
    const { name: configMap = '', key = '' } = valueFrom?.configMapKeyRef ?? {}
    const text = configMaps(configMap)?.[key]
    return text === undefined ? [] : [{ variable: name, value: text, configMap }]
  }),
]

const changedValue = (parts: readonly (string | Reference)[]): string =>
  parts.map(part => (typeof part === 'string' ? part : `$(${variableOf(part)})`)).join('')

/** The pod as it is to be, for the webhook to judge. */
export const rewritten = (pod: Pod, places: readonly Place[]): Pod => {
  const change = (list: Place['list']) =>
    (pod.spec?.[list] ?? []).map(container => ({
      ...container,
      env: (container.env ?? []).flatMap(variable => {
        const place = places.find(
          each => each.list === list && each.container === container.name && each.variable === variable.name,
        )
        if (place === undefined) return [variable]
        return place.parsed.kind === 'inside' ? [{ name: variable.name, value: changedValue(place.parsed.parts) }] : []
      }),
    }))
  return { ...pod, spec: { ...pod.spec, initContainers: change('initContainers'), containers: change('containers') } }
}

/** What is to be done with each; never the text around a value, which may be secret by itself. */
export const changesOf = (places: readonly Place[]): readonly string[] =>
  places.flatMap(({ container, variable, parsed, configMap }) => {
    const where = `container ${container}, variable ${variable}`
    const from = configMap === undefined ? where : `ConfigMap ${configMap}, and ${where}`
    // Somebody has to look at it first.
    if (parsed.kind === 'unreadable') return []
    if (parsed.kind !== 'inside') return [`${from}: remove`]
    const words = parsed.parts.flatMap(part =>
      typeof part === 'string' ? [] : [`$(${variableOf(part)}) in the place of ${part.path}#${part.key}`],
    )
    return [`${from}: write ${words.join(', ')}`]
  })
