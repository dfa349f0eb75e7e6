import { PodvaultError, sentence } from './errors.ts'
import {
  type Check,
  isRecord,
  listOf,
  numberFrom,
  objectOf,
  objectWith,
  oneOf,
  record,
  text,
  textLike,
  truth,
} from './shape.ts'

/**
 * The promise between the injector and the agent: what the webhook writes into the pod spec as PODVAULT_CONFIG, and
 * what `podvault login` and `podvault renew` read there. Plain JSON, readable in `kubectl describe`; nothing in it is secret.
 */
export type AgentConfig = {
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
  }
  readonly auth: {
    readonly method: 'kubernetes' | 'jwt'
    /** Where the method is mounted, without `auth/`: `kubernetes`. */
    readonly path: string
    readonly role: string
    /** The projected service account token. */
    readonly tokenFile: string
  }
  /** Secrets files already parsed at admission. */
  readonly files: readonly SecretsFile[]
  /** Mounted ConfigMaps with secrets files, parsed by the agent. */
  readonly mounted: readonly MountedFiles[]
  /** `auto`: an `env` file in the kubelet's grammar · `file`: one for `source` · `none`: no `env` file. */
  readonly env: 'auto' | 'file' | 'none'
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
}

/**
 * One secrets file: its variables become lines of `env` and members of `<name>.json`, which is only there where it has
 * variables; its entries may ask for files besides.
 */
export type SecretsFile = { readonly name: string; readonly entries: readonly Entry[] }

/** One thing asked of Vault, and what becomes of it. The same path, method, params and version: one read, one lease. */
export type Entry = {
  /** The whole path people write, mount included, without `data/`: `secret/app/db`. */
  readonly path: string
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
const vaultAgentFormats = ['vault-agent-map', 'vault-agent-json'] as const

export type Format = (typeof formats)[number] | (typeof vaultAgentFormats)[number]

export type OutputFile = {
  /** Below the folder; may have folders of its own: `tls/server`. */
  readonly name: string
  readonly format: Format
  /** Of `raw`: the one value that is meant, where the secret has several. */
  readonly key?: string
  /** Of `template`: the text, or where it stands in the agent's container. */
  readonly template?: string
  readonly templateFile?: string
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
  caVolume: 'podvault-ca',
  vaultTokenVolume: 'podvault-vault-token',
  filesVolume: 'podvault-files-',
  envFile: 'env',
  tokenVariable: 'VAULT_TOKEN',
  configVariable: 'PODVAULT_CONFIG',
} as const

/** Without a "$": the kubelet makes "$" of "$$" in the value of a variable, and takes $(NAME) for a reference. */
export const encodeConfig = (config: AgentConfig): string => JSON.stringify(config).replaceAll('$', String.raw`\u0024`)

const fileName = textLike(/^(?!\.\.|\.$)[A-Za-z0-9._-]{1,253}$/, 'a file name of letters, digits, ".", "_" and "-"')
const fileNames = textLike(
  /^(?!\/)(?:(?:^|\/)(?!\.\.|\.(?:\/|$))[^/\p{Cc}]{1,253})+$/u,
  'a relative path without ".." and control characters',
)
const folder = textLike(/^\/[^\0]+$/, 'an absolute path')
const seconds = numberFrom(0)

const variable: Check<Variable> = objectOf({
  name: textLike(/^[^=\p{Cc}\p{Z}]+$/u, 'a name without "=" and blanks'),
  key: text,
})

const outputFile: Check<OutputFile> = objectWith(
  { name: fileNames, format: oneOf(...formats, ...vaultAgentFormats) },
  { key: text, template: text, templateFile: text, mode: numberFrom(0o400, 0o777), folder },
)

/** The containers of a pod share their loopback; everything else would be a way to send requests elsewhere. */
const loopback = /^http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d{1,5})?(?:[/?][\x21-\x7e]*)?$/

export const onChangeOf: Check<OnChange> = (value, at) => {
  const { kind } = objectOf({ kind: oneOf('signal', 'http', 'restart') })(value, at)
  if (kind === 'restart') return { kind }
  if (kind === 'signal') return { kind, ...objectOf({ signal: textLike(/^SIG[A-Z0-9]+$/, 'a signal') })(value, at) }
  return {
    kind,
    ...objectOf({ method: oneOf('GET', 'POST', 'PUT'), url: textLike(loopback, 'a URL of this pod itself') })(
      value,
      at,
    ),
  }
}

export const entryOf: Check<Entry> = objectWith(
  { path: text, env: listOf(variable), files: listOf(outputFile) },
  {
    method: oneOf('POST', 'PUT'),
    params: record,
    kv: oneOf('v1', 'v2'),
    version: numberFrom(1),
    optional: truth,
    default: record,
    onChange: onChangeOf,
  },
)

const agentConfig: Check<AgentConfig> = objectWith(
  {
    version: oneOf(1),
    vault: objectWith(
      { address: textLike(/^https?:\/\/[^/\s?#@]+$/, 'http(s)://host[:port]') },
      {
        namespace: textLike(/^[\x21-\x7e]+$/, 'printable ASCII'),
        ca: text,
        caFile: folder,
        tlsServerName: text,
        tlsSkipVerify: truth,
      },
    ),
    auth: objectOf({ method: oneOf('kubernetes', 'jwt'), path: text, role: text, tokenFile: folder }),
    files: listOf(objectOf({ name: fileName, entries: listOf(entryOf) })),
    mounted: listOf(objectWith({ configMap: text, folder }, { key: fileName, variables: listOf(text) })),
    env: oneOf('auto', 'file', 'none'),
    folders: objectWith({ secrets: folder, state: folder }, { token: folder }),
    mode: oneOf(0o400, 0o440, 0o444),
    refresh: seconds,
    renewAt: numberFrom(0.01, 0.99),
    revoke: truth,
    loginTimeout: seconds,
  },
  { duplicates: oneOf('keep', 'overwrite'), token: oneOf('file', 'json', 'env'), onChange: onChangeOf },
)

/**
 * Reads PODVAULT_CONFIG; whoever may write the pod may write it, so nothing in it is believed before it is checked.
 * @throws PodvaultError `usage`
 */
export const decodeConfig = (json: string | undefined): AgentConfig => {
  const hint = 'the podvault webhook writes it; use the agent image that belongs to that webhook'
  if (json === undefined || json === '')
    throw new PodvaultError('usage', `${names.configVariable} is not set`, { hint })
  const config = parse(json)
  if (config === undefined) throw new PodvaultError('usage', `${names.configVariable} is not JSON`, { hint })
  if (!isRecord(config) || config['version'] !== 1)
    throw new PodvaultError('usage', `${names.configVariable} is not of version 1, the only one this podvault reads`, {
      hint,
    })
  try {
    return agentConfig(config, '')
  } catch (cause) {
    throw new PodvaultError('usage', `${names.configVariable} is not valid: ${sentence(cause)}`, { hint, cause })
  }
}

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
