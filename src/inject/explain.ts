import jsonpatch from 'fast-json-patch'
import type { Operation as PatchOperation } from 'fast-json-patch'
import { annotations, prefix } from './annotations.ts'
import { decide } from './decide.ts'
import type { Decision } from './decision.ts'
import { text } from './kinds.ts'
import { type Effective, type Layer, layersOf, said } from './layers.ts'
import { nextSteps } from './next-steps.ts'
import type { Additions } from './patch.ts'
import type { Pod } from './pod.ts'
import { quote } from './quote.ts'
import type { Settings } from './settings.ts'
import { injectedStatus, type Status } from './status.ts'
import { undoPatch } from './undo.ts'
import { prefix as vaultK8s } from './vault-k8s/annotations.ts'
import { effectiveVaultK8s } from './vault-k8s/effective.ts'
import { sourceOf } from './volume-source.ts'

/** Whose annotations the pod asks by. */
export type Language = 'podvault' | 'vault-k8s'

/** Why a pod gets what it gets. */
export type Explained = {
  /** Undefined where it asks for nothing. */
  readonly language: Language | undefined
  /** Every setting of its language; without a value where nobody gives one. */
  readonly settings: readonly Effective[]
  /** Of a pod that was injected before: of the same pod without that, by the settings of today. */
  readonly decision: Decision
  readonly added: Added | undefined
  readonly status: Status | undefined
  readonly nextStep: string
}

/** What is added, for people to read. */
export type Added = {
  readonly containers: readonly { readonly name: string; readonly image: string; readonly kind: ContainerKind }[]
  readonly volumes: readonly { readonly name: string; readonly source: string }[]
  readonly mounts: readonly { readonly container: string; readonly path: string; readonly volume: string }[]
  readonly env: readonly { readonly container: string; readonly variable: string }[]
  readonly shareProcessNamespace: boolean
}

export type ContainerKind = 'init container' | 'sidecar' | 'container'

/** Explains what becomes of a pod in a namespace. Pure, as the decision itself. */
export const explain = (pod: Pod, namespace: string, settings: Settings): Explained => {
  const status = injectedStatus(pod)
  // As it was when it was about to be created: one that runs is let be.
  const { status: _begun, ...original } = status === undefined ? pod : withoutPodvault(pod)
  const decision = decide(original, namespace, settings)
  const given = original.metadata?.annotations ?? {}
  const language = languageOf(given)
  const { layers } = layersOf(given, namespace, settings)
  return {
    language,
    settings: language === undefined ? [] : effectiveIn[language](layers).map(each => withAddress(each, settings)),
    decision,
    added: decision.kind === 'inject' ? addedBy(decision.additions) : undefined,
    status,
    nextStep: nextSteps[decision.reason],
  }
}

const withoutPodvault = (pod: Pod): Pod =>
  jsonpatch.applyPatch(structuredClone(pod), undoPatch(pod) as PatchOperation[]).newDocument

const languageOf = (given: Readonly<Record<string, unknown>>): Language | undefined => {
  if (Object.hasOwn(given, `${prefix}inject`)) return 'podvault'
  return Object.hasOwn(given, `${vaultK8s}agent-inject`) ? 'vault-k8s' : undefined
}

const effectiveNative = (layers: readonly Layer[]): readonly Effective[] =>
  Object.entries(annotations).map(([key, { kind, doc, ...entry }]) => {
    const annotation = prefix + key
    const found = said(layers, annotation)
    if (found !== undefined) return { annotation, value: shown(found.value, kind === text), origin: found.origin, doc }
    return { annotation, value: 'default' in entry ? entry.default : undefined, origin: 'default', doc }
  })

/** Where each language says which of its settings hold. */
const effectiveIn: Readonly<Record<Language, (layers: readonly Layer[]) => readonly Effective[]>> = {
  podvault: effectiveNative,
  'vault-k8s': layers => effectiveVaultK8s(layers).map(hideText),
}

const addresses: readonly string[] = [`${prefix}address`, `${vaultK8s}service`]

/** Of Vault: the operator's, where nobody names another. */
const withAddress = (setting: Effective, { address }: Settings): Effective =>
  address !== undefined && setting.origin === 'default' && addresses.includes(setting.annotation)
    ? { ...setting, value: address, origin: 'operator' }
    : setting

const hideText = (setting: Effective): Effective =>
  setting.value === undefined ? setting : { ...setting, value: shown(setting.value, false) }

/** A text of several lines may hold anything, a pasted secret too. */
const shown = (value: unknown, isText: boolean): string => {
  if (typeof value !== 'string') return 'no text'
  const lines = value.split('\n').filter(line => line.trim() !== '').length
  if (isText || lines > 1) return lines === 1 ? '(1 line)' : `(${lines} lines)`
  return /[\p{Cc}]/u.test(value) || value.length > 200 ? quote(value, 200) : value
}

const addedBy = ({ containers, volumes, wirings, shareProcessNamespace }: Additions): Added => ({
  containers: containers.map(({ list, container: { name, image, restartPolicy } }) => ({
    name,
    image: String(image),
    kind: list === 'containers' ? 'container' : restartPolicy === 'Always' ? 'sidecar' : 'init container',
  })),
  volumes: volumes.map(volume => ({ name: volume.name, source: sourceOf(volume) })),
  mounts: wirings.flatMap(({ container, mounts }) =>
    mounts.map(({ mountPath, name }) => ({ container: container.name, path: mountPath, volume: name })),
  ),
  env: wirings.flatMap(({ container, env, lateEnv }) =>
    [...env, ...lateEnv].map(({ name }) => ({ container: container.name, variable: name })),
  ),
  shareProcessNamespace: shareProcessNamespace === true,
})
