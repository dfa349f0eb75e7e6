import type { Kind, Quantity } from '../kinds.ts'
import { address, mountPath, path, word } from '../kinds.ts'
import type { Settings } from '../settings.ts'
import { anyOf, bool, duration, float, id, int, interval, list, perms, quantity, string, uint } from './go-values.ts'

export const prefix = 'vault.hashicorp.com/'

/** What becomes of an annotation here, compared with vault-k8s; `needs` tells when only Vault Agent can do it. */
export type Answer<T> =
  | { readonly kind: 'same' }
  | { readonly kind: 'better'; readonly how: string }
  | { readonly kind: 'vault-agent'; readonly when: string; readonly needs: Needs<T> }
  | { readonly kind: 'warned'; readonly why: string }

type Needs<T> = (value: T, operator: Pick<Settings, 'image' | 'vaultImage'>) => boolean

/** Where vault-k8s would notice a bad value; it begins its sentence with these words. */
export const stages = {
  should: 'error checking if should inject agent',
  defaults: 'error adding default annotations',
  agent: 'error creating new agent sidecar',
  valid: 'error validating agent configuration',
  patch: 'error creating patch for agent',
} as const

/** Once in a pod, once for each secret, either, or once for each parameter of something. */
type Per = 'pod' | 'secret' | 'both' | 'parameter'

export type Entry<T, P extends Per = Per> = {
  readonly per: P
  readonly kind: Kind<T>
  /** As vault-k8s has it; what is read where nobody says anything. */
  readonly default?: string
  readonly usual: T
  readonly doc: string
  readonly answer: Answer<T>
  readonly stage: keyof typeof stages
  /** vault-k8s's own words about a bad value, in the place of ours. */
  readonly words?: (text: string) => string
}

type More = { readonly stage?: keyof typeof stages; readonly words?: (text: string) => string }

const of = <T, P extends Per>(
  per: P,
  kind: Kind<T>,
  fallback: string,
  doc: string,
  answer: Answer<NoInfer<T>>,
  more: More = {},
): Entry<T, P> & { readonly default: string } => ({
  per,
  kind,
  default: fallback,
  usual: kind.read(fallback) as T,
  doc,
  answer,
  stage: 'agent',
  ...more,
})

const maybe = <T, P extends Per>(
  per: P,
  kind: Kind<T>,
  doc: string,
  answer: Answer<NoInfer<T>>,
  more: More = {},
): Entry<T | undefined, P> => ({
  per,
  kind,
  usual: undefined,
  doc,
  answer: answer as Answer<T | undefined>,
  stage: 'agent',
  ...more,
})

const same = { kind: 'same' } as const
const better = (how: string) => ({ kind: 'better', how }) as const
const warned = (why: string) => ({ kind: 'warned', why }) as const
const engine = <T>(when: string, needs: Needs<T>) => ({ kind: 'vault-agent', when, needs }) as const

const isTrue = (value: boolean): boolean => value
const isGiven = (value: string | undefined): boolean => value !== undefined && value !== ''
const isRelative = (value: string): boolean => isGiven(value) && !value.startsWith('/')
const never = (): boolean => false
/** Empty ones are accepted, and do nothing. */
export const isPatch = (value: string): boolean => !/^\s*(?:null|\[\s*\]|)\s*$/.test(value)

const orNone = (kind: Kind<string>): Kind<string> => ({
  allowed: kind.allowed,
  read: text => (text === '' ? text : kind.read(text)),
})

/** Below it podvault's agent, which is Node, would be killed where Vault Agent lives. */
const leastMemory = 64 * 2 ** 20

const own = 'podvault has its own'
const classOf = 'where nobody sets one of the six, the least that was measured, such that the pod keeps its QoS class'
const retries = `${own} backoff, with jitter and Retry-After, and ends after podvault.dev/login-timeout`

/** The auth methods that podvault's own agent speaks. */
export const ourMethods = ['kubernetes', 'jwt', 'approle', 'cert', 'token_file'] as const

export type OurMethod = (typeof ourMethods)[number]

/**
 * All that a pod can say to vault-k8s, by key without the prefix: 74. The only place one of them is declared: the
 * parser, the choice of the engine, `explain`, the operator's defaults and docs/vault-k8s.md read it.
 */
export const annotations = {
  'agent-inject': maybe('pod', bool, '`"true"` asks for secrets; the only trigger', same, { stage: 'should' }),
  'agent-inject-status': of('pod', string, '', '`injected` leaves the pod alone; written on success', same),
  'agent-request-namespace': of(
    'pod',
    string,
    '',
    "internal: the pod's namespace",
    better("the request's own is used"),
  ),
  'agent-init-first': of(
    'pod',
    bool,
    'false',
    'the init container stands before the others',
    better("but never before a mesh's native sidecar"),
  ),
  'agent-pre-populate': of('pod', bool, 'true', 'an init container renders the secrets before the app starts', same),
  'agent-pre-populate-only': of('pod', bool, 'false', 'no sidecar', same),
  'agent-inject-containers': maybe(
    'pod',
    list,
    'app containers that get the secrets; all by default',
    better('blanks do not matter; a name that the pod lacks is warned about'),
  ),
  'agent-copy-volume-mounts': of(
    'pod',
    string,
    '',
    "container whose mounts the agent's containers get too",
    better('a name that the pod lacks is warned about, a path that is taken refused'),
  ),
  'agent-share-process-namespace': maybe(
    'pod',
    bool,
    "sets the pod's `shareProcessNamespace`",
    better('also without `agent-pre-populate`'),
    { words: text => `invalid value ${text} for annotation "${prefix}agent-share-process-namespace"` },
  ),
  'agent-service-account-token-volume-name': of(
    'pod',
    string,
    '',
    'volume with the token to log in with',
    better('without one the pod gets a projected token of its own, also where it mounts none'),
  ),
  'agent-inject-secret': maybe('secret', string, 'path in Vault', better('files come in the order of their names')),
  'agent-inject-template': maybe(
    'secret',
    string,
    'template of the file',
    engine('where it uses a function that podvault does not have, see [templates](templates.md)', never),
  ),
  'agent-inject-template-file': maybe(
    'secret',
    string,
    "file with the template, in the agent's container",
    better('what the template lacks is told by the login, with line and column'),
  ),
  'agent-inject-default-template': of(
    'pod',
    anyOf('map', 'json'),
    'map',
    'how a secret without a template is written: `map` or `json`',
    same,
    { words: text => `invalid default template type: ${text.toLowerCase()}` },
  ),
  'agent-inject-file': maybe(
    'secret',
    string,
    "name of the file, below the secret's folder",
    better('refused where it would leave that folder'),
  ),
  'agent-inject-perms': maybe(
    'secret',
    perms,
    'mode of the file',
    better('by default as few may read it as the pod allows; a malformed one is refused'),
  ),
  'agent-inject-command': maybe('secret', string, 'command to run after each change', engine('', isGiven)),
  'error-on-missing-key': maybe('secret', bool, 'fail where the template names a key that is not there', same),
  'agent-template-left-delim': maybe('secret', string, 'what begins an action of the template', same),
  'agent-template-right-delim': maybe('secret', string, 'what ends an action of the template', same),
  'secret-volume-path': of(
    'both',
    path,
    '/vault/secrets',
    'folder of the files, in all containers; writable, as apps may rely on it',
    better('a slash at its end does not matter'),
  ),
  'preserve-secret-case': of(
    'both',
    bool,
    'false',
    'files are called as the annotation spells it, not in lower case',
    better('a bad value is warned about'),
  ),
  'agent-inject-token': of('pod', bool, 'false', 'the Vault token itself, as file `token`', same),
  'agent-image': of(
    'pod',
    string,
    '',
    "image of the injected containers; `allow.images`, except the operator's two",
    engine("unless it is one of the operator's two", (image, operator) => isForeignImage(image, operator)),
  ),
  'agent-limits-cpu': of('pod', quantity, '500m', 'CPU limit of each injected container', better(classOf), {
    stage: 'patch',
  }),
  'agent-limits-mem': of(
    'pod',
    quantity,
    '128Mi',
    'memory limit of each injected container',
    engine('below 64Mi, which would be too little for podvault', limit => isBelow(limit, leastMemory)),
    { stage: 'patch' },
  ),
  'agent-limits-ephemeral': of('pod', quantity, '', 'limit of ephemeral storage', same, { stage: 'patch' }),
  'agent-requests-cpu': of('pod', quantity, '250m', 'CPU request of each injected container', better(classOf), {
    stage: 'patch',
  }),
  'agent-requests-mem': of('pod', quantity, '64Mi', 'memory request of each injected container', better(classOf), {
    stage: 'patch',
  }),
  'agent-requests-ephemeral': of('pod', quantity, '', 'request of ephemeral storage', same, { stage: 'patch' }),
  'agent-run-as-user': of(
    'pod',
    id,
    '100',
    'user of the injected containers; `allow.run-as-root` for 0',
    better('by default the app\'s own, where the pod names it; `""` is the default, not root'),
  ),
  'agent-run-as-group': of(
    'pod',
    id,
    '1000',
    'group of the injected containers',
    better('by default the app\'s own, where the pod names it; `""` is the default, not root'),
  ),
  'agent-run-as-same-user': of(
    'pod',
    bool,
    'false',
    "the first container's user",
    better("the pod's user counts where the container names none"),
  ),
  'agent-set-security-context': of(
    'pod',
    bool,
    'true',
    '`"false"`: no user and group, as OpenShift wants to choose them',
    better('the rest of the security context stays under engine podvault'),
  ),
  'agent-configmap': of('pod', string, '', 'ConfigMap with the configuration of Vault Agent', engine('', isGiven)),
  'agent-extra-secret': of('pod', string, '', 'Secret, mounted at `/vault/custom` for the agent', same),
  'agent-json-patch': of('pod', string, '', 'JSON patch of the sidecar; `allow.json-patch`', engine('', isPatch), {
    stage: 'defaults',
  }),
  'agent-init-json-patch': of(
    'pod',
    string,
    '',
    'JSON patch of the init container; `allow.json-patch`',
    engine('', isPatch),
    { stage: 'defaults' },
  ),
  'agent-revoke-on-shutdown': of(
    'pod',
    bool,
    'false',
    'revoke the token when the pod ends',
    better('the sidecar does it when the app has gone; no hook, and with every TLS setting'),
  ),
  'agent-revoke-grace': of(
    'pod',
    uint,
    '5',
    'seconds to wait before that',
    better('the sidecar ends behind the app, however long that takes'),
  ),
  'go-max-procs': of('pod', string, '', 'threads of Vault Agent', warned('it is no Go program')),
  'log-level': of('pod', string, 'info', "level of the agent's log", warned('its log has what an operator needs')),
  'log-format': of('pod', string, 'standard', "format of the agent's log", warned('always lines of JSON')),
  service: of(
    'pod',
    orNone(address),
    '',
    "address of Vault; `allow.addresses`, except the operator's own",
    better('an address that is none is refused'),
  ),
  'proxy-address': of('pod', string, '', 'HTTPS proxy; `allow.proxies`', engine('', isGiven)),
  role: of('pod', string, '', 'Vault role', same),
  'auth-type': of(
    'pod',
    string,
    'kubernetes',
    'auth method of Vault',
    engine(`other than ${ourMethods.join(', ')}`, value => !ourMethods.some(method => method === value)),
  ),
  'auth-path': of(
    'pod',
    string,
    'auth/kubernetes',
    'where it is mounted',
    engine('with characters that no ordinary mount has', value => mountPath('').read(withoutAuth(value)) === undefined),
  ),
  'auth-config': maybe(
    'parameter',
    string,
    'parameter of the auth method',
    engine(
      'other than those of the methods above; `remove-secret-id-file-after-reading` where there is something to remove',
      never,
    ),
  ),
  'auth-min-backoff': of('pod', duration, '', 'least time between two logins', warned(retries), {
    stage: 'defaults',
    words: text => `error parsing min backoff as duration: ${text}`,
  }),
  'auth-max-backoff': of('pod', duration, '', 'most time between two logins', warned(retries), {
    stage: 'defaults',
    words: text => `error parsing max backoff as duration: ${text}`,
  }),
  'agent-auto-auth-exit-on-err': of(
    'pod',
    bool,
    'false',
    'a login that fails ends the agent',
    better('a login always ends, after podvault.dev/login-timeout, and says why'),
  ),
  namespace: of('pod', orNone(word('team-a')), '', 'Vault namespace; `allow.vault-namespaces`', same),
  'tls-secret': of('pod', string, '', 'Secret, mounted at `/vault/tls` for the agent', same),
  'ca-cert': of(
    'pod',
    string,
    '',
    "file with the CA of Vault's certificate; `allow.own-ca`",
    engine('with a relative path', isRelative),
  ),
  'client-cert': of('pod', string, '', 'file with a client certificate', engine('with a relative path', isRelative)),
  'client-key': of('pod', string, '', 'file with its key', engine('with a relative path', isRelative)),
  'tls-server-name': of('pod', string, '', "name to expect in Vault's certificate; `allow.own-ca`", same),
  'ca-key': of('pod', string, '', 'folder with CAs, whatever its name says; `allow.own-ca`', engine('', isGiven)),
  'tls-skip-verify': of('pod', bool, 'false', "do not verify Vault's certificate; `allow.tls-skip-verify`", same),
  'client-timeout': of(
    'pod',
    interval,
    '',
    'timeout of a request; 30 s by default',
    better('a bad value is refused, instead of an agent that cannot start'),
  ),
  'client-max-retries': of('pod', string, '', 'retries of a request', warned(retries)),
  'agent-cache-enable': of('pod', bool, 'false', "Vault Agent's cache, and its listener", engine('', isTrue)),
  'agent-cache-use-auto-auth-token': of(
    'pod',
    string,
    'true',
    '`true`, `false` or `force`',
    engine('with `agent-cache-enable`', never),
  ),
  'agent-cache-listener-port': of(
    'pod',
    string,
    '8200',
    'port on 127.0.0.1',
    engine('with `agent-cache-enable` or `agent-enable-quit`', never),
  ),
  'agent-cache-exit-on-err': of(
    'pod',
    bool,
    'false',
    'a cache that cannot be restored ends the agent',
    engine('with `agent-cache-enable`', never),
  ),
  'agent-enable-quit': of('pod', bool, 'false', '`POST /agent/v1/quit` ends the agent', engine('', isTrue)),
  'agent-disable-idle-connections': of(
    'pod',
    list,
    '',
    'features without idle connections: `auto-auth`, `caching`, `templating`',
    warned('it keeps none'),
  ),
  'agent-disable-keep-alives': of('pod', list, '', 'features without keep-alives', warned('it keeps none')),
  'template-config-exit-on-retry-failure': of(
    'pod',
    bool,
    'true',
    'a template that cannot be rendered ends the agent',
    better('the login ends with the reason, the sidecar keeps the last good files and goes on trying'),
  ),
  'template-static-secret-render-interval': of(
    'pod',
    interval,
    '',
    'how often secrets without a lease are read again; 5m by default',
    better('a bad value is refused, instead of an agent that cannot start'),
  ),
  'template-max-connections-per-host': of(
    'pod',
    int,
    '0',
    'most connections to Vault; 0 is unlimited',
    warned('never more than 8'),
  ),
  'template-lease-renewal-threshold': of(
    'pod',
    float,
    '0',
    'share of a lease after which it is read again; `podvault.dev/renew-at` beats it',
    engine('outside 0 to 0.99', value => value < 0 || value > 0.99),
  ),
  'agent-telemetry': maybe(
    'parameter',
    string,
    'parameter of `telemetry`',
    engine('', () => true),
  ),
} as const

export type Key = keyof typeof annotations

type KeysOf<P extends Per> = { [K in Key]: (typeof annotations)[K]['per'] extends P ? K : never }[Key]
/** Those that stand once in a pod. */
export type FixedKey = KeysOf<'pod' | 'both'>
/** Those that stand there once for each of something. */
export type FamilyKey = KeysOf<'secret' | 'both' | 'parameter'>

/** What a pod asks for, vault-k8s's defaults filled in. */
export type Values = { readonly [K in FixedKey]: (typeof annotations)[K]['usual'] }

export const keys = Object.keys(annotations) as readonly Key[]
export const fixedKeys = keys.filter(key => /pod|both/.test(annotations[key].per)) as readonly FixedKey[]
const fixed: ReadonlySet<string> = new Set(fixedKeys)
export const isFixed = (key: string): key is FixedKey => fixed.has(key)

/** The longest first: `agent-inject-template-file-x` is no template of a secret `file-x`. */
const families = keys
  .filter(key => annotations[key].per !== 'pod')
  .toSorted((a, b) => b.length - a.length) as readonly FamilyKey[]

/** What a key of a pod is: `agent-inject-secret-db` is one of `agent-inject-secret`, named `db`. */
export const familyOf = (key: string): { readonly family: FamilyKey; readonly name: string } | undefined => {
  const family = families.find(candidate => key.startsWith(`${candidate}-`) && key.length > candidate.length + 1)
  return family === undefined ? undefined : { family, name: key.slice(family.length + 1) }
}

/** An auth path as podvault writes it: vault-k8s wants `auth/` in front. */
export const withoutAuth = (authPath: string): string => authPath.replace(/^\/*auth\//, '').replace(/\/+$/, '')

const isForeignImage = (image: string, { image: ours, vaultImage }: Pick<Settings, 'image' | 'vaultImage'>): boolean =>
  image !== '' && image !== ours && image !== vaultImage

const isBelow = (limit: Quantity | 'none', least: number): boolean => limit !== 'none' && limit.size < least
