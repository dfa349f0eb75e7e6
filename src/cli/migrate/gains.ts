import { loginIndex } from '../../inject/select.ts'
import { prefix } from '../../inject/vault-k8s/annotations.ts'
import { type Secret, secretsOf } from '../../inject/vault-k8s/secrets.ts'
import type { Read } from '../../inject/vault-k8s/read.ts'
import type { Engine } from '../../inject/settings.ts'
import type { Stage } from './finding.ts'

/** A pod of vault-k8s that podvault injects. */
export type Served = Pick<Stage, 'pod' | 'kind'> & { readonly read: Read; readonly engine: Engine }

type Gain = { readonly holds: (served: Served) => boolean; readonly says: (served: Served) => string }

/** What vault-k8s gets wrong for some pods, and podvault right, with nothing changed. */
const gains: readonly Gain[] = [
  {
    holds: ({ pod, kind, read }) => ends(pod, kind) && !read.values['agent-pre-populate-only'],
    says: () =>
      'it ends when its own containers have: the sidecar is a native one, and nobody has to call /agent/v1/quit',
  },
  {
    holds: served => served.engine === 'podvault' && isRenewed(served) && dynamicPaths(served).length > 0,
    says: served =>
      `one lease for ${dynamicPaths(served).join(', ')}: the app has the credentials that are renewed; before, they were read twice`,
  },
  {
    holds: ({ pod, read }) =>
      pod.spec?.automountServiceAccountToken === false && read.values['agent-service-account-token-volume-name'] === '',
    says: () => 'it is admitted: its service account token is not mounted, so podvault brings one of its own',
  },
  {
    holds: ({ pod }) => /,\s|\s,/.test(said(pod, 'agent-inject-containers')),
    says: () => 'blanks in agent-inject-containers do not matter any more: all that are named get their secrets',
  },
  {
    holds: ({ pod }) => ['agent-run-as-user', 'agent-run-as-group'].some(key => hasEmpty(pod, key)),
    says: () => 'an empty agent-run-as-user or agent-run-as-group is the default, not root',
  },
  {
    holds: ({ pod, read }) => said(pod, 'agent-share-process-namespace') !== '' && !read.values['agent-pre-populate'],
    says: () => 'agent-share-process-namespace holds without agent-pre-populate, too',
  },
  {
    holds: ({ read: { values }, engine }) =>
      engine === 'podvault' &&
      values['agent-revoke-on-shutdown'] &&
      (values['tls-skip-verify'] || values.namespace !== '' || values['tls-server-name'] !== ''),
    says: () =>
      "its token is revoked at the end; vault-k8s's hook knows no tls-skip-verify, tls-server-name and namespace",
  },
  {
    holds: ({ pod, read }) => read.values['agent-init-first'] && loginIndex(pod) > 0,
    says: () => "agent-init-first stays behind the mesh's sidecar, without which there is no network",
  },
]

export const gainsOf = (served: Served): readonly string[] =>
  gains.filter(({ holds }) => holds(served)).map(({ says }) => says(served))

const ends = ({ spec }: Stage['pod'], kind: string): boolean =>
  kind === 'Job' || kind === 'CronJob' || ['Never', 'OnFailure'].includes(spec?.restartPolicy ?? '')

const isRenewed = ({ read: { values } }: Served): boolean =>
  values['agent-pre-populate'] && !values['agent-pre-populate-only'] && !values['agent-cache-enable']

/** What engines give that make something new for everyone who asks. */
const dynamicPaths = ({ read }: Served): readonly string[] => [
  ...new Set(
    secretsOf(read)
      .map(pathOf)
      .filter(path => /\/(?:creds|issue|sign|sts|token)\//.test(path)),
  ),
]

const pathOf = ({ path, template }: Secret): string =>
  path === '' ? (/\bsecret\s+"([^"]+)"/.exec(template)?.[1] ?? '') : path

const textsOf = ({ metadata }: Stage['pod']): Readonly<Record<string, unknown>> => metadata?.annotations ?? {}

const said = (pod: Stage['pod'], key: string): string => {
  const text = textsOf(pod)[prefix + key]
  return typeof text === 'string' ? text : ''
}

const hasEmpty = (pod: Stage['pod'], key: string): boolean => textsOf(pod)[prefix + key] === ''
