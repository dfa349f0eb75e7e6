/** What the operator decided, as the injector needs it. Made once at start and on reload, never per review. */
export type Settings = {
  /** The image of the injected containers. */
  readonly image: string
  /** Vault's address for every pod that names none: http(s)://host[:port]. */
  readonly address?: string
  /** The API server's version; decides which fields of a pod may be used. */
  readonly kubernetes: KubernetesVersion
  /** Defaults for annotations, by key without the prefix, as a pod would write them. */
  readonly defaults: Readonly<Record<string, string>>
  readonly allow: {
    /** Addresses a pod may choose besides the operator's own. */
    readonly addresses: readonly string[]
    readonly tlsSkipVerify: boolean
  }
}

export type KubernetesVersion = { readonly major: number; readonly minor: number }
