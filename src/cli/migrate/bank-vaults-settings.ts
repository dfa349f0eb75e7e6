import type { Texts } from '../../inject/settings.ts'

/** What becomes of an annotation of bank-vaults. */
export type Translation = {
  /** In words. */
  readonly becomes: string
  /** podvault's, by key without the prefix. */
  readonly annotations?: Texts
  /** What somebody has to do. */
  readonly byHand?: string
}

type Translate = (value: string) => Translation

const gone =
  (why: string): Translate =>
  () => ({ becomes: `not needed: ${why}` })

/** @param note what is to be known besides */
const as =
  (key: string, note = ''): Translate =>
  value => ({ becomes: `podvault.dev/${key}${note}`, annotations: { [key]: value } })

const hand =
  (words: string): Translate =>
  () => ({ becomes: 'by hand', byHand: words })

const whenTrue =
  (key: string, value: string, otherwise: string): Translate =>
  text =>
    isTrue(text) ? { becomes: `podvault.dev/${key}`, annotations: { [key]: value } } : { becomes: otherwise }

export const isTrue = (text: string | undefined): boolean => /^(?:1|t|true)$/i.test(text ?? '')

const isTemplate = (text: string): boolean => text.includes('{{')

const operators = gone("the image is the operator's, by --image")
const measured = gone(
  "podvault's containers have measured requests; podvault.dev/cpu, memory and their limits change them",
)
const configured = hand(
  'its ConfigMap holds templates: write each as a file of a secrets file, with template-file, and name the ConfigMap in podvault.dev/secrets-file',
)
const elsewhere = gone('said by the values of the variables')

const methods: Readonly<Record<string, string>> = { jwt: 'kubernetes', kubernetes: 'kubernetes' }

/** All annotations of the pods of bank-vaults, by key without the prefix. The only place one of them is declared. */
const translations: Readonly<Record<string, Translate>> = {
  mutate: gone('pods that ask for nothing are never looked at'),
  'mutate-probes': gone('probes see the environment of their container'),
  'psp-allow-privilege-escalation': gone("podvault's containers never escalate"),
  'run-as-non-root': gone("podvault's containers never run as root"),
  'run-as-user': value => (value === '0' ? gone('0 is no user here')(value) : as('run-as-user')(value)),
  'run-as-group': value => (value === '0' ? gone('0 is no group here')(value) : as('run-as-group')(value)),
  'readonly-root-fs': gone("podvault's containers always have one"),
  'registry-skip-verify': gone("no registry is asked: the app's command stays as it is"),
  'vault-env-daemon': value =>
    isTrue(value)
      ? { becomes: 'the default: a sidecar renews' }
      : { becomes: 'podvault.dev/renew', annotations: { renew: 'false' } },
  'vault-env-delay': gone('a credential that is not there yet is tried again'),
  'enable-json-log': gone('logs are always lines of JSON'),
  'log-level': gone('the log has what an operator needs'),
  'vault-env-image': operators,
  'vault-env-image-pull-policy': operators,
  'vault-image': operators,
  'vault-image-pull-policy': operators,
  'vault-addr': as('address'),
  'vault-role': value =>
    isTemplate(value) ? hand('it is a template: write the role that comes out')(value) : as('role')(value),
  'vault-path': as('auth-path'),
  'vault-auth-method': value => {
    const auth = Object.hasOwn(methods, value) ? methods[value] : undefined
    return auth === undefined
      ? hand("podvault's agent logs in by kubernetes, jwt, approle, cert, token-file or userpass: see docs/auth.md")(
          value,
        )
      : as('auth')(auth)
  },
  'vault-namespace': as('namespace'),
  'vault-skip-verify': whenTrue('tls-skip-verify', 'true', 'the default'),
  'vault-tls-secret': as('ca-secret'),
  'vault-client-timeout': as('login-timeout'),
  'vault-ignore-missing-secrets': value => ({
    becomes: isTrue(value) ? 'optional: true, of each secret' : 'the default',
  }),
  'vault-serviceaccount': hand('podvault reads for pods alone, each with its own service account'),
  'service-account-token-volume-name': gone('podvault brings a token of its own'),
  'token-auth-mount': value => {
    const [volume = '', file] = value.split(':')
    const annotations = { auth: 'token-file', 'auth-volume': volume }
    const becomes = 'podvault.dev/auth and auth-volume'
    return file === 'token'
      ? { becomes, annotations }
      : { becomes, annotations, byHand: `the file of the volume ${volume} must be called token` }
  },
  'transit-key-id': elsewhere,
  'transit-path': elsewhere,
  'transit-batch-size': elsewhere,
  'vault-env-passthrough': gone('podvault leaves the variables of the app alone'),
  'vault-env-from-path': () => ({ becomes: 'a file of format env for each path' }),
  'vault-agent': gone('podvault logs in by itself'),
  'vault-agent-configmap': configured,
  'vault-agent-once': whenTrue('renew', 'false', 'the default'),
  'vault-agent-share-process-namespace': gone('podvault.dev/on-change sets it where a signal needs it'),
  'vault-agent-cpu': measured,
  'vault-agent-cpu-limit': measured,
  'vault-agent-cpu-request': measured,
  'vault-agent-memory': measured,
  'vault-agent-memory-limit': measured,
  'vault-agent-memory-request': measured,
  'vault-agent-env-variables': gone('podvault has no Vault Agent to set variables of'),
  'vault-configfile-path': as('path'),
  'vault-ct-configmap': configured,
  'vault-ct-image': operators,
  'vault-ct-pull-policy': operators,
  'vault-ct-once': whenTrue('renew', 'false', 'the default'),
  'vault-ct-share-process-namespace': gone('podvault.dev/on-change sets it where a signal needs it'),
  'vault-ct-cpu': measured,
  'vault-ct-memory': measured,
  'vault-ct-secrets-mount-path': as('path'),
  'vault-ct-inject-in-initcontainers': whenTrue('init-containers', 'all', 'the default'),
}

/** Undefined where bank-vaults has no such annotation. */
export const translationOf = (key: string, value: string): Translation | undefined =>
  Object.hasOwn(translations, key) ? translations[key]?.(value) : undefined
