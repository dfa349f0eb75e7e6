import type { Installation } from './installation.ts'
import { type Fact, wordsOf } from '../facts.ts'
import type { KubectlText } from '../kubectl.ts'

/**
 * What the caBundles must hold, in PEM: the authority that podvault keeps, or the certificate it was given. Only that is asked
 * for: the key beside it stays in kubectl.
 * @param flags the webhook's settings by their names
 */
export const authorityFact = async (
  text: KubectlText,
  { namespace, tlsSecret }: Installation,
  flags: Readonly<Record<string, string>>,
): Promise<Fact<string>> => {
  const own = flags['ca-secret'] ?? 'podvault-ca'
  const [secret, key] = flags['tls-cert-file'] === undefined ? [own, 'ca.crt'] : [tlsSecret ?? '', 'tls.crt']
  if (secret === '') return { lack: 'no Secret holds it' }
  const path = `jsonpath={.data.${key.replace('.', String.raw`\.`)}}`
  try {
    const value = await text(['get', 'secret', secret, '--namespace', namespace, '--output', path])
    return value === ''
      ? { lack: `Secret ${namespace}/${secret} has no ${key}` }
      : { value: Buffer.from(value, 'base64').toString() }
  } catch (error) {
    return { lack: wordsOf(error) }
  }
}
