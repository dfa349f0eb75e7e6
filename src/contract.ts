import { PodvaultError, sentence } from './errors.ts'
import {
  type Check,
  isRecord,
  listOf,
  numberFrom,
  objectOf,
  objectWith,
  oneOf,
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
  readonly folders: { readonly secrets: string; readonly state: string }
  /** Mode of the secrets' files; folders get the matching search bits. 0o400, 0o440 or 0o444. */
  readonly mode: number
  /** Seconds between two looks at a secret without a lease; 0: never. */
  readonly refresh: number
  /** Share of a lease after which it is renewed: above 0, below 1. */
  readonly renewAt: number
  readonly revoke: boolean
  /** Seconds. */
  readonly loginTimeout: number
}

/** One secrets file: its variables become lines of `env` and members of `<name>.json`. */
export type SecretsFile = { readonly name: string; readonly variables: readonly Variable[] }

/** `path` is the whole path people write, mount included, without `data/`: `secret/app/db`. */
export type Variable = { readonly name: string; readonly path: string; readonly key: string }

export type MountedFiles = {
  readonly configMap: string
  readonly folder: string
  /** The one file of the ConfigMap that is meant; all of them when absent. */
  readonly key?: string
}

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
  filesVolume: 'podvault-files-',
  envFile: 'env',
  configVariable: 'PODVAULT_CONFIG',
} as const

/** Without a "$": the kubelet makes "$" of "$$" in the value of a variable, and takes $(NAME) for a reference. */
export const encodeConfig = (config: AgentConfig): string => JSON.stringify(config).replaceAll('$', String.raw`\u0024`)

const fileName = textLike(/^(?!\.\.|\.$)[A-Za-z0-9._-]{1,253}$/, 'a file name of letters, digits, ".", "_" and "-"')
const folder = textLike(/^\/[^\0]+$/, 'an absolute path')
const seconds = numberFrom(0)

const variable: Check<Variable> = objectOf({
  name: textLike(/^[^=\p{Cc}\p{Z}]+$/u, 'a name without "=" and blanks'),
  path: text,
  key: text,
})

const agentConfig: Check<AgentConfig> = objectOf({
  version: oneOf(1),
  vault: objectWith(
    { address: textLike(/^https?:\/\/[^/\s?#@]+$/, 'http(s)://host[:port]') },
    {
      namespace: textLike(/^[\x21-\x7e]+$/, 'printable ASCII'),
      caFile: folder,
      tlsServerName: text,
      tlsSkipVerify: truth,
    },
  ),
  auth: objectOf({ method: oneOf('kubernetes', 'jwt'), path: text, role: text, tokenFile: folder }),
  files: listOf(objectOf({ name: fileName, variables: listOf(variable) })),
  mounted: listOf(objectWith({ configMap: text, folder }, { key: fileName })),
  env: oneOf('auto', 'file', 'none'),
  folders: objectOf({ secrets: folder, state: folder }),
  mode: oneOf(0o400, 0o440, 0o444),
  refresh: seconds,
  renewAt: numberFrom(0.01, 0.99),
  revoke: truth,
  loginTimeout: seconds,
})

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
