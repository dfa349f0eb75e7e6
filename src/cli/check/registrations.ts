// PURE: who is asked about pods, and what stands behind them.
import type { Pod } from '../../inject/pod.ts'
import { listOf, objectOf, objectWith, text } from '../../shape.ts'
import { found, type Finding, ok } from './table.ts'
import { type Registered, registeredFor } from '../registered.ts'
import type { Labels } from '../selectors.ts'

/** A webhook's registration, as far as its certificates go. `namespace`: of its Service, where it has one. */
export type Bundle = {
  readonly name: string
  readonly namespace: string | undefined
  readonly caBundle: string | undefined
}

const configurations = objectOf({
  items: listOf(
    objectWith(
      { metadata: objectWith({ name: text }, {}) },
      {
        webhooks: listOf(
          objectWith(
            { name: text },
            {
              clientConfig: objectWith({}, { caBundle: text, service: objectWith({ namespace: text }, {}) }),
              failurePolicy: text,
            },
          ),
        ),
      },
    ),
  ),
})

/** @param list MutatingWebhookConfigurations or ValidatingWebhookConfigurations @throws ShapeError */
export const bundlesIn = (list: unknown): readonly Bundle[] =>
  configurations(list, '').items.flatMap(({ metadata, webhooks = [] }) =>
    webhooks
      .filter(({ name }) => name.endsWith('podvault.dev'))
      .map(({ name, clientConfig }) => ({
        name: `${metadata.name}/${name}`,
        namespace: clientConfig?.service?.namespace,
        caBundle: clientConfig?.caBundle,
      })),
  )

/** A list of registrations that can be read to its end. @throws ShapeError */
export const understood = (list: unknown): unknown => {
  void registeredFor(list, {}, {})
  void bundlesIn(list)
  return list
}

export type Asked = { readonly pod: Pod; readonly namespace: string; readonly labels: Labels }

/** Whether podvault's registration sees a pod. @param list MutatingWebhookConfigurations @throws ShapeError */
export const registrationFindings = (
  list: unknown,
  { pod, namespace, labels }: Asked,
  simple: boolean,
): readonly Finding[] => {
  const ours = registeredFor(list, pod, labels).filter(({ isPodvault }) => isPodvault)
  const seeing = ours.find(({ sees }) => sees !== 'no')
  if (seeing !== undefined) return [seen(seeing, namespace)]
  if (ours[0] !== undefined)
    return [
      found(
        'registration',
        'failure',
        `${ours[0].name} does not see annotated pods of ${namespace}: ${ours[0].because}`,
        'ask about another namespace with -n, or label this one so that it does',
      ),
    ]
  return simple
    ? [ok('registration', 'none: the simple profile needs none')]
    : [found('registration', 'failure', 'the cluster has no MutatingWebhookConfiguration of podvault')]
}

const seen = ({ name, sees, because, failurePolicy }: Registered, namespace: string): Finding => {
  if (sees === 'perhaps')
    return found(
      'registration',
      'warning',
      `${name} may see annotated pods of ${namespace}: ${because}`,
      'the check dry-run tells',
    )
  return failurePolicy === 'Ignore'
    ? found(
        'registration',
        'warning',
        `${name} sees annotated pods of ${namespace}, and lets them pass uninjected when it fails (failurePolicy Ignore)`,
        'set failurePolicy to Fail, or keep the policy that refuses such pods',
      )
    : ok('registration', `${name} sees annotated pods of ${namespace}; when it fails they are refused`)
}

/** @param list ValidatingWebhookConfigurations @throws ShapeError */
export const validatingFindings = (list: unknown, simple: boolean): readonly Finding[] => {
  const [first] = bundlesIn(list)
  if (first !== undefined) return [ok('validating-registration', `${first.name} sees ConfigMaps with secrets files`)]
  return simple
    ? []
    : [found('validating-registration', 'warning', 'the cluster has no ValidatingWebhookConfiguration of podvault')]
}

/** vault-k8s's own webhook beside ours. @param list MutatingWebhookConfigurations @throws ShapeError */
export const otherInjectorFindings = (list: unknown, { labels, namespace }: Asked): readonly Finding[] => {
  const pod: Pod = { metadata: { annotations: { 'vault.hashicorp.com/agent-inject': 'true' } } }
  const seeing = registeredFor(list, pod, labels).filter(({ sees }) => sees !== 'no')
  const other = seeing.find(({ name, isPodvault }) => !isPodvault && name.endsWith('vault.hashicorp.com'))
  if (other === undefined) return [ok('other-injector', `nobody else injects pods of ${namespace}`)]
  const ours = seeing.find(({ isPodvault }) => isPodvault)
  if (ours === undefined)
    return [
      ok(
        'other-injector',
        `${other.name} injects pods with vault.hashicorp.com annotations; podvault does not see them`,
      ),
    ]
  // The API server asks them in the order of the names of their configurations.
  const [first, second] = other.name < ours.name ? [other, ours] : [ours, other]
  return [
    found(
      'other-injector',
      'warning',
      `pods of ${namespace} with vault.hashicorp.com annotations are seen by both ${first.name} and ${second.name}: the first one injects them`,
    ),
  ]
}
