import type { Container } from '../../pod.ts'
import type { Wish } from '../../vault-k8s/wish.ts'

/** Revokes the token when the pod ends, where the pod asks for it; always there, as patches may rely on it. */
export const lifecycleOf = (wish: Wish): NonNullable<Container['lifecycle']> => {
  const { values } = wish.read
  if (!values['agent-revoke-on-shutdown']) return {}
  const command = `/bin/sleep ${values['agent-revoke-grace']} && /bin/vault token revoke ${flagsOf(wish).join(' ')}`
  return { preStop: { exec: { command: ['/bin/sh', '-c', command] } } }
}

/** With all that it takes to reach Vault; vault-k8s forgets some of it, and then the hook fails. */
const flagsOf = ({ address, read: { values } }: Wish): readonly string[] => [
  ...Object.entries({
    address,
    'ca-cert': values['ca-cert'],
    'ca-path': values['ca-key'],
    'client-cert': values['client-cert'],
    'client-key': values['client-key'],
    'tls-server-name': values['tls-server-name'],
    namespace: values.namespace,
  })
    .filter(([, value]) => value !== '')
    .map(([flag, value]) => `-${flag}=${quoted(value)}`),
  ...(values['tls-skip-verify'] ? ['-tls-skip-verify'] : []),
  '-self',
]

/** For the shell. */
const quoted = (value: string): string =>
  /^[\w./:@%+=,-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
