import { said } from '../layers.ts'
import { asText, quote } from '../quote.ts'
import { notAllowed } from '../policy.ts'
import type { Problem } from '../reasons.ts'
import { type FixedKey, isPatch, prefix } from './annotations.ts'
import type { Wish } from './wish.ts'

/** What the pod chooses for itself and the operator does not allow. What the operator's own layers say is theirs. */
export const policyProblems = (wish: Wish): readonly Problem[] => {
  const { read, settings } = wish
  const { allow } = settings
  const { values } = read
  const rules: readonly (readonly [FixedKey, boolean, string])[] = [
    ['service', isOut([settings.address ?? '', ...allow.addresses], values.service), 'addresses'],
    ['agent-image', isOut([settings.image, settings.vaultImage, ...allow.images], values['agent-image']), 'images'],
    ['namespace', isOut(allow.vaultNamespaces, values.namespace), 'vault-namespaces'],
    ['proxy-address', isOut(allow.proxies, values['proxy-address']), 'proxies'],
    ['ca-cert', !allow.ownCa, 'own-ca'],
    ['ca-key', !allow.ownCa, 'own-ca'],
    ['tls-server-name', !allow.ownCa, 'own-ca'],
    ['tls-skip-verify', values['tls-skip-verify'] && !allow.tlsSkipVerify, 'tls-skip-verify'],
    ['agent-run-as-user', values['agent-run-as-user'] === 0 && !allow.runAsRoot, 'run-as-root'],
    ...(['agent-json-patch', 'agent-init-json-patch'] as const).map(
      key => [key, !allow.jsonPatch && isPatch(values[key]), 'json-patch'] as const,
    ),
  ]
  return rules
    .filter(([key, isRefused]) => isRefused && isOwnChoice(wish, key))
    .map(([key, , rule]) => notAllowed(`${prefix}${key} ${quote(textOf(wish, key))}`, rule))
}

const isOut = (list: readonly string[] | undefined, value: string): boolean =>
  value !== '' && list?.includes(value) === false

/** The pod says something, and not what would hold anyway. */
const isOwnChoice = ({ layers, read }: Wish, key: FixedKey): boolean => {
  const other = said(layers.slice(1), prefix + key)?.value ?? ''
  return read.originOf(key) === 'pod' && layers[0]?.texts[prefix + key] !== other
}

const textOf = ({ layers }: Wish, key: FixedKey): string => asText(layers[0]?.texts[prefix + key])
