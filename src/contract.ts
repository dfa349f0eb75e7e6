/**
 * The promise between the injector and the agent: what the webhook writes into the pod spec as PODVAULT_CONFIG, and
 * what `podvault login` and `podvault renew` read there. Plain JSON, readable in `kubectl describe`; nothing in it is secret.
 */
export type AgentConfig = {
  /**
   * The webhook pins the agent's image in the pod, so that both are of one release; but a tag can move, forwards under an
   * old pod and back under a new one. A newer agent reads every older config (older-contract.ts; what was recorded in
   * test/fixtures/upgrade stays readable). An older agent goes on without the members it does not know, and says so: what
   * it must not go on without, or would misunderstand, takes the next number, which it refuses.
   */
  readonly version: 1
  readonly vault: {
    /** http(s)://host[:port], without a path or trailing slash. */
    readonly address: string
    readonly namespace?: string
    /** Certificates to believe, in PEM. */
    readonly ca?: string
    readonly caFile?: string
    readonly tlsServerName?: string
    readonly tlsSkipVerify?: boolean
    /** What podvault shows of itself on every connection, in PEM: both or none, read anew each time. */
    readonly certFile?: string
    readonly keyFile?: string
    /** Other addresses of this Vault that it may send a request on to. */
    readonly redirects?: readonly string[]
    /** Seconds that one request may take. */
    readonly timeout?: number
  }
  readonly auth: Auth
  /** Secrets files already parsed at admission. */
  readonly files: readonly SecretsFile[]
  /** Mounted ConfigMaps with secrets files, parsed by the agent. */
  readonly mounted: readonly MountedFiles[]
  /**
   * `auto`: an `env` file in the kubelet's grammar · `file`: one for `source` · `variables`: a file of that name that
   * exports, with LEASE_IDS, as kube-vault-auth-init wrote it · `none`: no such file.
   */
  readonly env: 'auto' | 'file' | 'variables' | 'none'
  /** Of variables and files that several secrets files give: refused when absent, else the last or the first one holds. */
  readonly duplicates?: 'keep' | 'overwrite'
  /** The token itself: `file` token · `json` vault-token in `folders.token`, as kubernetes-vault writes it · `env` VAULT_TOKEN. */
  readonly token?: 'file' | 'json' | 'env'
  readonly folders: { readonly secrets: string; readonly state: string; readonly token?: string }
  /** Mode of the secrets' files; folders get the matching search bits. 0o400, 0o440 or 0o444. */
  readonly mode: number
  /** Seconds between two looks at a secret without a lease; 0: never. */
  readonly refresh: number
  /** Share of a lease after which it is renewed: above 0, below 1. */
  readonly renewAt: number
  readonly revoke: boolean
  /** Seconds. */
  readonly loginTimeout: number
  /** What to do after a change of any secret; one with an `onChange` of its own follows that. */
  readonly onChange?: OnChange
  /** Folders of the agent by where the app sees them: `writeToFile` names its files as the app knows them. */
  readonly paths?: Readonly<Record<string, string>>
  /** What templates may know of where they run; the agent fills it in, the webhook never. */
  readonly place?: Place
  /** Where the sidecar answers GET /metrics and /ready; nowhere when absent. */
  readonly metricsPort?: number
  /** Vault is asked to say when a secret changes, besides the looks at it every `refresh`. */
  readonly instantUpdates?: boolean
}

/** `user` and `group` are those of the agent, in digits. */
export type Place = {
  readonly env: Readonly<Record<string, string>>
  readonly user: string
  readonly group: string
}

/** Variables of the agent's container that templates may read; in vault-k8s's containers there are the same. */
export const templateVariables = ['NAMESPACE', 'HOST_IP', 'POD_IP', 'HOSTNAME'] as const

/** How the agent gets its token. `path` is where the method is mounted, without `auth/`. */
export type Auth = ServiceAccountAuth | AppRoleAuth | CertAuth | TokenFileAuth | UserpassAuth

export type ServiceAccountAuth = {
  readonly method: 'kubernetes' | 'jwt'
  readonly path: string
  readonly role: string
  /** The projected service account token. */
  readonly tokenFile: string
  /** The AppRole that the token of this login is traded for. */
  readonly approle?: { readonly path: string; readonly role: string }
}

export type AppRoleAuth = {
  readonly method: 'approle'
  readonly path: string
  readonly roleIdFile: string
  /** Absent where the AppRole wants none. */
  readonly secretIdFile?: string
  /** A wrapping token in the place of the secret id, wherever this file exists. */
  readonly wrappedFile?: string
  /** Where the secret id inside must have been made; any AppRole of this mount when absent. */
  readonly creationPath?: string
}

/** By the certificate of the connection. */
export type CertAuth = { readonly method: 'cert'; readonly path: string; readonly role?: string }

/** Somebody else's token: revoked at the end only where `revoke` says so. */
export type TokenFileAuth = { readonly method: 'token-file'; readonly tokenFile: string }

/** A file with username and password, as vaultconf makes it. */
export type UserpassAuth = { readonly method: 'userpass'; readonly path: string; readonly loginFile: string }

/**
 * One secrets file: its variables become lines of `env` and members of `<name>.json`, which is only there where it has
 * variables; its entries may ask for files besides.
 */
export type SecretsFile = { readonly name: string; readonly entries: readonly Entry[] }

/** One thing asked of Vault, and what becomes of it. The same path, method, params and version: one read, one lease. */
export type Entry = {
  /**
   * The whole path people write, mount included, without `data/`: `secret/app/db`. Absent where there are only files
   * made by templates, which ask for themselves.
   */
  readonly path?: string
  /** GET when absent. */
  readonly method?: 'POST' | 'PUT'
  readonly params?: Readonly<Record<string, unknown>>
  /** Of the engine; when absent, Vault is asked. */
  readonly kv?: 'v1' | 'v2'
  /** Of the secret, KV version 2 only; the newest when absent. */
  readonly version?: number
  /** A secret or key that does not exist is left out, or stands for its default. */
  readonly optional?: boolean
  /** Values by key, for keys that do not exist. */
  readonly default?: Readonly<Record<string, unknown>>
  readonly env: readonly Variable[]
  readonly files: readonly OutputFile[]
  readonly onChange?: OnChange
}

export type Variable = { readonly name: string; readonly key: string }

/** What people may ask a file to be. */
export const formats = [
  'json',
  'yaml',
  'env',
  'properties',
  'ini',
  'csv',
  'raw',
  'cert',
  'bundle',
  'aws',
  'template',
] as const

/** The two default templates of vault-k8s, byte for byte: over `.Data`, the envelope of KV version 2 included. */
export const vaultAgentFormats = ['vault-agent-map', 'vault-agent-json'] as const

export type Format = (typeof formats)[number] | (typeof vaultAgentFormats)[number]

export type OutputFile = {
  /** Below the folder; may have folders of its own: `tls/server`. */
  readonly name: string
  readonly format: Format
  /** Of `raw`: the one value that is meant, where the secret has several. */
  readonly key?: string
  /** Of `raw`: how the value is written in Vault, whose texts carry no bytes. */
  readonly decode?: 'base64'
  /** Of `template`: the text, or where it stands in the agent's container. */
  readonly template?: string
  readonly templateFile?: string
  /** What it has for `{{` and `}}`. */
  readonly delimiters?: readonly [left: string, right: string]
  /** A key that does not exist is printed as `<no value>`, as Vault Agent does, and is no problem. */
  readonly lenient?: boolean
  /** 0o400 to 0o777; the config's when absent. */
  readonly mode?: number
  /** In the agent's container; `folders.secrets` when absent. */
  readonly folder?: string
}

/** All names that an output may have, also those that depend on what is in the secret. */
export const fileNamesOf = ({ name, format }: OutputFile): readonly string[] => {
  if (format === 'cert') return ['.crt', '.key', '.ca', '.chain'].map(ending => name + ending)
  if (format === 'bundle') return ['-bundle.pem', '.pem', '-ca.pem', '-key.pem'].map(ending => name + ending)
  return [name]
}

export type OnChange =
  /** To the main processes of the containers that have the secrets mounted. */
  | { readonly kind: 'signal'; readonly signal: string }
  /** A request to a server in this pod. */
  | { readonly kind: 'http'; readonly method: 'GET' | 'POST' | 'PUT'; readonly url: string }
  /** All containers of the pod, by RestartAllContainers: the agent exits with `restartExitCode`. */
  | { readonly kind: 'restart' }

/** The agent exits with it for nothing else. */
export const restartExitCode = 88

export type MountedFiles = {
  readonly configMap: string
  readonly folder: string
  /** The one file of the ConfigMap that is meant; all of them when absent. */
  readonly key?: string
  /** Variables of it that the pod's environment refers to: known at admission, and not to vanish as long as it lives. */
  readonly variables?: readonly string[]
}

/** Files of a ConfigMap that are templates, and no secrets files. */
export const isTemplateKey = (key: string): boolean => /\.(?:ctmpl|tmpl|tpl)$/.test(key)

/** `logstash.secrets` becomes `logstash.json`; other names keep their ending: `app.txt.json`. */
export const fileStem = (key: string): string => key.replace(/\.secrets$/, '')

/** Names a pod carries; people script against them. */
export const names = {
  login: 'podvault-login',
  renew: 'podvault-renew',
  secretsVolume: 'podvault-secrets',
  stateVolume: 'podvault-state',
  tokenVolume: 'podvault-token',
  authVolume: 'podvault-auth',
  caVolume: 'podvault-ca',
  vaultTokenVolume: 'podvault-vault-token',
  filesVolume: 'podvault-files-',
  envFile: 'env',
  /** Beside the secrets, as long as none of them has ended; no output can have this name. */
  readyFile: '..ready',
  /** Of the sidecar's metrics; Kubernetes takes 15 characters. */
  metricsPort: 'podvault-prom',
  variablesFile: 'variables',
  tokenVariable: 'VAULT_TOKEN',
  leasesVariable: 'LEASE_IDS',
  configVariable: 'PODVAULT_CONFIG',
} as const

/** The file with the variables. */
export const envFileOf = ({ env }: Pick<AgentConfig, 'env'>): string =>
  env === 'variables' ? names.variablesFile : names.envFile

/** Without a "$": the kubelet makes "$" of "$$" in the value of a variable, and takes $(NAME) for a reference. */
export const encodeConfig = (config: AgentConfig): string => JSON.stringify(config).replaceAll('$', String.raw`\u0024`)
