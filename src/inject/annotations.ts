import {
  address,
  containerName,
  containers,
  duration,
  flag,
  id,
  type Kind,
  mountPath,
  objectKey,
  objectKeys,
  objectName,
  onChange,
  oneOf,
  path,
  portOrNone,
  quantity,
  quantityOrNone,
  share,
  text,
  word,
} from './kinds.ts'
import { type Layer, type Said, saidUnder } from './layers.ts'
import { nearest } from './nearest.ts'
import { quote } from './quote.ts'
import type { Problem } from './reasons.ts'
import type { Texts } from './settings.ts'

export const prefix = 'podvault.dev/'

type Entry<T> = {
  readonly kind: Kind<T>
  /** What holds where nobody says anything, as a pod would write it and as it is read. */
  readonly default?: string
  readonly usual?: T | undefined
  readonly doc: string
}
const entry = <T>(kind: Kind<T>, doc: string): Entry<T> & { readonly default?: never } => ({ kind, doc })
const entryOr = <T>(kind: Kind<T>, fallback: string, doc: string): Entry<T> & { readonly default: string } => ({
  kind,
  default: fallback,
  usual: kind.read(fallback),
  doc,
})

/**
 * Everything a pod can say to podvault, by key without the prefix. The only place an annotation is declared: the parser,
 * the operator's defaults and docs/annotations.md read it.
 */
export const annotations = {
  inject: entry(flag, '`"true"` asks for podvault; without it nothing below is looked at'),
  role: entry(
    word('my-app'),
    "Vault role of the auth method, bound to the pod's service account; approle and cert can do without",
  ),
  secrets: entry(text, 'a secrets file, inline: lines of `[NAME=]path#key`, or YAML'),
  'secrets-file': entry(objectKeys('ConfigMap'), 'ConfigMaps with secrets files, mounted at `/etc/secrets.d`'),
  env: entryOr(
    oneOf('auto', 'file', 'variables', 'none'),
    'auto',
    '`auto`: variables reach the environment by `fileKeyRef` · `file`: only an `env` file to `source` · `variables`: a file of that name instead, with `export` and `LEASE_IDS`, as kube-vault-auth-init wrote it · `none`',
  ),
  'env-duplicates': entryOr(
    oneOf('error', 'keep', 'overwrite'),
    'error',
    "a variable that is there already: refused · the container's own stays, and the last of several files holds · the secret's holds, and the first of several files",
  ),
  path: entryOr(path, '/vault/secrets', 'where the app sees the files, read-only'),
  containers: entryOr(containers('all'), 'all', 'app containers that get the files and the environment'),
  'init-containers': entryOr(containers('none', 'all'), 'none', 'init containers that get them too'),
  token: entryOr(
    oneOf('none', 'file', 'json', 'env'),
    'none',
    'the Vault token too: `file` `token` beside the secrets · `json` as `/var/run/secrets/boostport.com/vault-token` · `env` as `VAULT_TOKEN`',
  ),
  renew: entryOr(flag, 'true', '`false`: secrets are read once, no sidecar'),
  refresh: entryOr(
    duration('1s', '8760h', ['0s']),
    '5m',
    'how often secrets without a lease are read again; `0s`: never',
  ),
  'renew-at': entryOr(share(0.1, 0.9), '0.67', 'share of a lease after which it is renewed, ±10 % jitter'),
  'on-change': entryOr(
    onChange,
    'none',
    'what to do after a change: `signal:SIGHUP` to the app · `http:POST http://127.0.0.1:8080/-/reload` · `restart` all containers in place; a secret in YAML may have its own',
  ),
  'instant-updates': entryOr(
    flag,
    'false',
    'Vault is asked to say at once when a secret changes, which takes Vault Enterprise; secrets are still looked at every `refresh`',
  ),
  revoke: entryOr(flag, 'true', 'revoke the token, and its leases with it, when the pod ends'),
  auth: entryOr(
    oneOf('kubernetes', 'jwt', 'approle', 'cert', 'token-file', 'userpass'),
    'kubernetes',
    'auth method of Vault; the last four log in with what `auth-secret` or `auth-volume` holds',
  ),
  'auth-path': entry(mountPath('kubernetes'), 'where the auth method is mounted; by default its name'),
  approle: entry(
    mountPath('my-app'),
    'AppRole to trade the token of kubernetes or jwt for, at each login: its name, behind its mount where that is not `approle`',
  ),
  'auth-secret': entry(
    objectName,
    'Secret that only the injected containers see: `role-id` with `secret-id` or `wrapped-secret-id` (approle) · `tls.crt` `tls.key` (cert) · `token` (token-file) · `login` (userpass)',
  ),
  'auth-volume': entry(
    containerName('credentials'),
    'volume of the pod with files of these names instead, mounted into the injected containers',
  ),
  audience: entryOr(
    word('vault'),
    'vault',
    'audience of the projected service account token, which only podvault sees',
  ),
  'token-ttl': entryOr(duration('10m', '24h'), '10m', 'lifetime of that token; the kubelet renews it'),
  'login-timeout': entryOr(
    duration('1s', '1h'),
    '2m',
    'how long the login waits for Vault before it fails with the reason',
  ),
  'client-timeout': entryOr(duration('1s', '5m'), '30s', 'how long one request to Vault may take'),
  address: entry(address, 'address of Vault, where the operator allows a choice'),
  namespace: entry(word('team-a'), 'Vault namespace'),
  'ca-configmap': entry(
    objectKey('ConfigMap'),
    "ConfigMap with the CA of Vault's certificate; key `ca.crt` unless named",
  ),
  'ca-secret': entry(objectKey('Secret'), 'Secret with that CA instead'),
  'tls-server-name': entry(word('vault.example.com'), "name to expect in Vault's certificate"),
  'tls-skip-verify': entryOr(flag, 'false', "do not verify Vault's certificate, where the operator allows it"),
  'metrics-port': entryOr(
    portOrNone,
    'none',
    'port on which the sidecar answers `/metrics`, for Prometheus, and `/ready`, for probes',
  ),
  'native-sidecar': entryOr(
    flag,
    'true',
    "`false`: the sidecar is one of the pod's containers, as on Kubernetes below 1.29",
  ),
  engine: entryOr(
    oneOf('auto', 'podvault', 'vault-agent'),
    'auto',
    "whose agent runs in the pod; `vault-agent` is for vault-k8s's annotations",
  ),
  profile: entry(word('internal'), 'a set of defaults that the operator has given a name'),
  'run-as-user': entry(id, "user of the injected containers; by default the app's, else 65532"),
  'run-as-group': entry(id, "group of the injected containers; by default the app's, else 65532"),
  cpu: entryOr(quantity(0.001, '1m'), '10m', 'CPU request of each injected container'),
  memory: entryOr(quantity(2 ** 20, '1Mi'), '64Mi', 'memory request of each injected container'),
  'cpu-limit': entryOr(quantityOrNone(0.001, '1m'), 'none', 'CPU limit of each injected container'),
  'memory-limit': entryOr(quantityOrNone(2 ** 20, '1Mi'), '128Mi', 'memory limit of each injected container'),
} as const

export type AnnotationKey = keyof typeof annotations

type ValueOf<E> = E extends Entry<infer T> ? (E extends { readonly default: string } ? T : T | undefined) : never

/** What a pod asks for, every default filled in; undefined only where there is none. */
export type Intent = { readonly [K in AnnotationKey]: ValueOf<(typeof annotations)[K]> }

const keys = Object.keys(annotations) as readonly AnnotationKey[]
/** What holds where nobody says anything. */
const usual = Object.fromEntries(keys.map(key => [key, (annotations[key] as Entry<unknown>).usual]))
const isKey = (key: string): key is AnnotationKey => Object.hasOwn(annotations, key)

export type ReadIntent = {
  readonly intent: Intent
  /** The keys that the pod itself carries, right or wrong. */
  readonly given: ReadonlySet<string>
  /** What is said of each key, as it is written: the same texts are the same settings. */
  readonly texts: readonly string[]
  readonly problems: readonly Problem[]
}

/** Reads what is said about a pod; the first layer is the pod's own. All problems at once, in the order of the keys. */
export const readIntent = (layers: readonly Layer[]): ReadIntent => {
  const heard = saidUnder(layers, prefix)
  const given = new Set<string>()
  for (const [key, { origin }] of heard) if (origin === 'pod') given.add(key)
  const problems = [...given]
    .filter(key => !isKey(key) && key !== 'status')
    .sort()
    // Of more of them no message could tell.
    .map((key, index) => unknownAnnotation(key, index < 10 ? nearest(key, keys) : undefined))
  // The rest of the pod is still checked where a value is bad, with the default in its place.
  const intent: Record<string, unknown> = { ...usual }
  const texts = keys.map(key => {
    const found = heard.get(key)
    if (found === undefined) return ''
    const { kind } = annotations[key] as Entry<unknown>
    const read = typeof found.value === 'string' ? kind.read(found.value) : undefined
    if (read === undefined) problems.push(badValue(key, found, kind.allowed))
    else intent[key] = read
    return typeof found.value === 'string' ? found.value : ''
  })
  return { intent: intent as Intent, given, texts, problems }
}

/** The operator's defaults for annotations, checked like a pod's own. */
export const checkDefaults = (defaults: Texts): readonly Problem[] => {
  const { problems } = readIntent([{ origin: 'pod', texts: defaults }])
  return Object.hasOwn(defaults, `${prefix}inject`)
    ? [...problems, { reason: 'not-allowed', message: `${prefix}inject has no default: each pod asks for itself` }]
    : problems
}

const unknownAnnotation = (key: string, near: string | undefined): Problem => {
  const hint = near === undefined ? 'docs/annotations.md lists every one' : `did you mean ${prefix}${near}?`
  return { reason: 'unknown-annotation', message: `there is no annotation ${quote(prefix + key)}; ${hint}` }
}

const badValue = (key: AnnotationKey, { value, origin }: Said, allowed: string): Problem => {
  const where = origin === 'pod' ? '' : ` (from the ${origin})`
  return {
    reason: 'bad-value',
    message:
      typeof value === 'string'
        ? `${prefix}${key} is ${quote(value)}${where}; allowed: ${allowed}`
        : `${prefix}${key} is no string${where}; write its value in quotes`,
  }
}
