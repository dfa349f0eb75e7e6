import type { ParsedSecretsFile } from './secrets-file.ts'

/** Annotations as somebody would write them on a pod, by full name: `podvault.dev/refresh`, `vault.hashicorp.com/role`. */
export type Texts = Readonly<Record<string, string>>

/** What the operator decided, as the injector needs it. Made once at start and on reload, never per review. */
export type Settings = {
  /** The image of the injected containers. */
  readonly image: string
  /** The image of engine vault-agent. */
  readonly vaultImage: string
  /** Vault's address for every pod that names none: http(s)://host[:port]. */
  readonly address?: string
  /** Certificates of Vault, in PEM, for every pod that names none. */
  readonly ca?: string
  /** The API server's version; decides which fields of a pod may be used. */
  readonly kubernetes: KubernetesVersion
  /** What holds where a pod says nothing. */
  readonly defaults: Texts
  /** Sets of defaults that a pod, or one of the other places, can choose by name. */
  readonly profiles: Readonly<Record<string, Texts>>
  /** Defaults for the pods of a namespace, by its name. */
  readonly namespaces: Readonly<Record<string, Texts>>
  /** Defaults that came in by the AGENT_INJECT_* variables of vault-k8s. */
  readonly inherited: Texts
  readonly allow: Allow
  /** The secrets files of a ConfigMap as far as they are known here, by key; never asks anybody. */
  readonly configMap: (namespace: string, name: string) => ReadonlyMap<string, ParsedSecretsFile> | undefined
}

export const engines = ['podvault', 'vault-agent'] as const
export type Engine = (typeof engines)[number]

/** What pods may choose for themselves. A list that is undefined allows anything. */
export type Allow = {
  /** Addresses of Vault besides the operator's own. */
  readonly addresses: readonly string[]
  /** Images of the injected containers besides the operator's two. */
  readonly images: readonly string[]
  readonly engines: readonly Engine[]
  readonly vaultNamespaces: readonly string[] | undefined
  readonly proxies: readonly string[] | undefined
  /** Certificates and server names of Vault other than the operator's. */
  readonly ownCa: boolean
  readonly tlsSkipVerify: boolean
  readonly runAsRoot: boolean
  readonly jsonPatch: boolean
}

/** Safe: nothing that could send a pod's token elsewhere, or run something else than podvault and Vault. */
export const safest: Allow = {
  addresses: [],
  images: [],
  engines,
  vaultNamespaces: undefined,
  proxies: undefined,
  ownCa: true,
  tlsSkipVerify: false,
  runAsRoot: false,
  jsonPatch: false,
}

export type KubernetesVersion = { readonly major: number; readonly minor: number }
