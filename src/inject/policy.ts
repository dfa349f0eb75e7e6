import type { Intent } from './annotations.ts'
import { quote } from './quote.ts'
import type { Problem } from './reasons.ts'
import type { Settings } from './settings.ts'

/** The refusal of something that the operator's file does not allow, by the name of the rule. */
export const notAllowed = (what: string, rule: string): Problem => ({
  reason: 'not-allowed',
  message: `the operator does not allow ${what} (rule allow.${rule})`,
})

/** Where this Vault may send requests on to: the operator knows these addresses. */
export const otherAddresses = (
  chosen: string,
  { address = chosen, allow }: Pick<Settings, 'address' | 'allow'>,
): readonly string[] => [...new Set([address, ...allow.addresses])].filter(other => other !== chosen)

/** What a pod chooses for itself and may not; what a profile, a namespace or the operator says is the operator's own. */
export const policyProblems = (
  intent: Intent,
  given: ReadonlySet<string>,
  { address, allow }: Pick<Settings, 'address' | 'allow'>,
): readonly Problem[] => {
  const problems: Problem[] = []
  const own = <T>(key: keyof Intent, value: T): T | undefined => (given.has(key) ? value : undefined)
  const refuse = (key: string, value: string | undefined, rule: string) =>
    problems.push(notAllowed(`podvault.dev/${key}${value === undefined ? '' : ` ${quote(value)}`}`, rule))

  const wanted = own('address', intent.address)
  if (wanted !== undefined && wanted !== address && !allow.addresses.includes(wanted))
    refuse('address', wanted, 'addresses')
  const namespace = own('namespace', intent.namespace)
  if (namespace !== undefined && allow.vaultNamespaces?.includes(namespace) === false)
    refuse('namespace', namespace, 'vault-namespaces')
  for (const key of ['ca-configmap', 'ca-secret', 'tls-server-name'] as const)
    if (own(key, intent[key]) !== undefined && !allow.ownCa) refuse(key, undefined, 'own-ca')
  if (own('tls-skip-verify', intent['tls-skip-verify']) === true && !allow.tlsSkipVerify)
    refuse('tls-skip-verify', undefined, 'tls-skip-verify')
  if (!allow.engines.includes('podvault')) problems.push(notAllowed('the engine podvault', 'engines'))
  return problems
}
