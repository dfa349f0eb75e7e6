// PURE: what the webhook's service account needs, and whether it may.
import type { Installation } from './installation.ts'
import { found, type Finding, ok } from './table.ts'

type Right = {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly name?: string
  readonly namespace?: string
  /** It goes on without. */
  readonly spare?: true
}

/** @param flags the webhook's settings by their names */
export const rightsOf = (
  { namespace }: Pick<Installation, 'namespace'>,
  flags: Readonly<Record<string, string>>,
): readonly Right[] => {
  const secret = flags['ca-secret'] ?? 'podvault-ca'
  const keeps = flags['tls-cert-file'] === undefined
  const each = (verbs: readonly string[], right: Omit<Right, 'verb'>): readonly Right[] =>
    verbs.map(verb => ({ verb, ...right }))
  const own = { namespace, name: secret }
  return [
    ...['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].flatMap(resource =>
      each(['get', 'watch', ...(keeps ? ['patch'] : [])], {
        group: 'admissionregistration.k8s.io',
        resource,
        name: flags['webhook-configuration'] ?? 'podvault',
      }),
    ),
    ...(keeps && secret !== ''
      ? [
          ...each(['get', 'create', 'patch'], { group: '', resource: 'secrets', ...own }),
          ...each(['get', 'create', 'update'], { group: 'coordination.k8s.io', resource: 'leases', ...own }),
        ]
      : []),
    ...each(['list', 'watch'], { group: '', resource: 'configmaps', spare: true }),
    ...each(['create'], { group: '', resource: 'events', spare: true }),
  ]
}

/** What asks the API server about each of them, for `kubectl create`. */
export const accessReviews = ({ namespace, account }: Installation, rights: readonly Right[]): string => {
  const spec = {
    user: `system:serviceaccount:${namespace}:${account}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  }
  const items = rights.map(({ spare: _spare, ...resourceAttributes }) => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { ...spec, resourceAttributes },
  }))
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

/** @param answers of the reviews, in their order: a line of `true` or `false` each */
export const rightsFindings = (rights: readonly Right[], answers: string): readonly Finding[] => {
  const lines = answers.trim().split('\n')
  if (lines.length !== rights.length || lines.some(line => line !== 'true' && line !== 'false'))
    return [found('rights', 'unknown', 'the API server does not say what the service account may do')]
  const lacking = rights.filter((_right, index) => lines[index] !== 'true')
  const [spare, needed] = [lacking.filter(right => right.spare), lacking.filter(right => !right.spare)]
  return [
    ...(needed.length > 0 ? [found('rights', 'failure', `its service account may not ${said(needed)}`)] : []),
    ...(spare.length > 0
      ? [found('rights', 'warning', `its service account may not ${said(spare)}: it goes on without what that gives`)]
      : []),
    ...(lacking.length === 0 ? [ok('rights', 'its service account may do all that it needs')] : []),
  ]
}

/** `get, watch secrets podvault-ca and list configmaps` */
const said = (rights: readonly Right[]): string =>
  Object.entries(Object.groupBy(rights, ({ resource, name }) => [resource, name].filter(Boolean).join(' ')))
    .map(([what, each = []]) => `${each.map(({ verb }) => verb).join(', ')} ${what}`)
    .join(' and ')
