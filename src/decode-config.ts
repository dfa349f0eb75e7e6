import {
  type AgentConfig,
  type Auth,
  type Entry,
  formats,
  names,
  type OnChange,
  type OutputFile,
  type Variable,
  vaultAgentFormats,
} from './contract.ts'
import { PodvaultError, sentence } from './errors.ts'
import { asToday, unknownIn } from './older-contract.ts'
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

const delimitersOf: Check<readonly [string, string]> = (value, at) => {
  const [left = '', right = ''] = listOf(text)(value, at)
  return [left, right]
}

const outputFile: Check<OutputFile> = objectWith(
  { name: fileNames, format: oneOf(...formats, ...vaultAgentFormats) },
  {
    key: text,
    decode: oneOf('base64'),
    template: text,
    templateFile: text,
    delimiters: delimitersOf,
    lenient: truth,
    mode: numberFrom(0o400, 0o777),
    folder,
  },
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

const entryMembers = objectWith(
  { env: listOf(variable), files: listOf(outputFile) },
  {
    path: text,
    method: oneOf('POST', 'PUT'),
    params: record,
    kv: oneOf('v1', 'v2'),
    version: numberFrom(1),
    optional: truth,
    default: record,
    onChange: onChangeOf,
  },
)

export const entryOf: Check<Entry> = (value, at) => {
  const entry = entryMembers(value, at)
  // Only templates ask by themselves.
  const asks = entry.env.length === 0 && entry.files.every(({ format }) => format === 'template')
  if (!asks) text(entry.path, `${at}.path`)
  return entry
}

const paths: Check<Readonly<Record<string, string>>> = (value, at) =>
  Object.fromEntries(Object.entries(record(value, at)).map(([path, to]) => [path, folder(to, `${at}.${path}`)]))

const approle = objectOf({ path: text, role: text })

const auths: Readonly<Record<Auth['method'], Check<object>>> = {
  kubernetes: objectWith({ path: text, role: text, tokenFile: folder }, { approle }),
  jwt: objectWith({ path: text, role: text, tokenFile: folder }, { approle }),
  approle: objectWith(
    { path: text, roleIdFile: folder },
    { secretIdFile: folder, wrappedFile: folder, creationPath: text },
  ),
  cert: objectWith({ path: text }, { role: text }),
  'token-file': objectOf({ tokenFile: folder }),
  userpass: objectOf({ path: text, loginFile: folder }),
}

const methods = Object.keys(auths) as readonly Auth['method'][]

const authOf: Check<Auth> = (value, at) => {
  const { method } = objectOf({ method: oneOf(...methods) })(value, at)
  return { method, ...auths[method](value, at) } as Auth
}

const address = textLike(/^https?:\/\/[^/\s?#@]+$/, 'http(s)://host[:port]')

const agentConfig: Check<AgentConfig> = objectWith(
  {
    version: oneOf(1),
    vault: objectWith(
      { address },
      {
        namespace: textLike(/^[\x21-\x7e]+$/, 'printable ASCII'),
        ca: text,
        caFile: folder,
        tlsServerName: text,
        tlsSkipVerify: truth,
        certFile: folder,
        keyFile: folder,
        redirects: listOf(address),
        timeout: numberFrom(1),
      },
    ),
    auth: authOf,
    files: listOf(objectOf({ name: fileName, entries: listOf(entryOf) })),
    mounted: listOf(objectWith({ configMap: text, folder }, { key: fileName, variables: listOf(text) })),
    env: oneOf('auto', 'file', 'variables', 'none'),
    folders: objectWith({ secrets: folder, state: folder }, { token: folder }),
    mode: oneOf(0o400, 0o440, 0o444),
    refresh: seconds,
    renewAt: numberFrom(0.01, 0.99),
    revoke: truth,
    loginTimeout: seconds,
  },
  {
    duplicates: oneOf('keep', 'overwrite'),
    token: oneOf('file', 'json', 'env'),
    onChange: onChangeOf,
    metricsPort: numberFrom(1, 65535),
    instantUpdates: truth,
    paths,
  },
)

/**
 * Reads PODVAULT_CONFIG, also an earlier webhook's; whoever may write the pod may write it, so nothing in it is believed
 * before it is checked.
 * @param without is told the places of members that only a newer webhook can mean, if there are any
 * @throws PodvaultError `usage`
 */
export const decodeConfig = (
  json: string | undefined,
  without: (places: readonly string[]) => void = () => undefined,
): AgentConfig => {
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
    const given = asToday(config)
    const checked = agentConfig(given, '')
    const unknown = unknownIn(given, checked)
    if (unknown.length > 0) without(unknown)
    return checked
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
