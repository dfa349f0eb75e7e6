// PURE: the policies of the API server, which need no webhook.
import { isRecord, listOf, objectOf, objectWith, text } from '../../shape.ts'
import { type Finding, found, ok } from './table.ts'

const policies = objectOf({ items: listOf(objectOf({ metadata: objectOf({ name: text }) })) })

const bindings = objectOf({
  items: listOf(objectOf({ spec: objectWith({}, { policyName: text, validationActions: listOf(text) }) })),
})

/** Whether policies of the simple profile are there. @param list MutatingAdmissionPolicies */
export const isSimple = (list: unknown): boolean =>
  isRecord(list) && policies(list, '').items.some(({ metadata }) => metadata.name.startsWith('podvault'))

/**
 * What becomes of an annotated pod that was not injected.
 * @param list ValidatingAdmissionPolicies @param bound their bindings @throws ShapeError
 */
export const policyFindings = (list: unknown, bound: unknown): readonly Finding[] => {
  const isThere = policies(list, '').items.some(({ metadata }) => metadata.name === 'podvault')
  const actions = bindings(bound, '')
    .items.filter(({ spec }) => isThere && spec.policyName === 'podvault')
    .flatMap(({ spec }) => spec.validationActions ?? [])
  if (actions.includes('Deny')) return [ok('policy', 'annotated pods that were not injected are refused (deny)')]
  return [
    actions.length > 0
      ? found('policy', 'warning', `annotated pods that were not injected are only told of (${actions.join(', ')})`)
      : found(
          'policy',
          'warning',
          'nobody looks behind the webhook (off): without an answer of it, pods may start uninjected',
        ),
  ]
}
