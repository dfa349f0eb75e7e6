// PURE: what an OpenSSH certificate says about its end; Vault's answer says nothing.
import { member } from '../shape.ts'

/** How many fields each kind of key has. https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.certkeys */
const keyFields: Readonly<Record<string, number>> = {
  'ssh-rsa': 2,
  'ssh-dss': 4,
  'ssh-ed25519': 1,
  'sk-ssh-ed25519': 2,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'sk-ecdsa-sha2-nistp256': 3,
}

/**
 * @param certificate a line of the kind that `id_ed25519-cert.pub` is
 * @returns seconds since 1970; undefined where it never ends, or is not of a known kind
 */
export const sshEnd = (certificate: string): number | undefined => {
  const [kind = '', blob = ''] = certificate.trim().split(/\s+/)
  const fields = member(keyFields, /^(.+)-cert-v01@openssh\.com$/.exec(kind)?.[1] ?? '')
  if (typeof fields !== 'number') return undefined
  const bytes = Buffer.from(blob, 'base64')
  try {
    // Its kind, a nonce, the key; serial and type; id and principals; then from when, and until when.
    const serial = skip(bytes, 0, 2 + fields)
    const end = bytes.readBigUInt64BE(skip(bytes, serial + 8 + 4, 2) + 8)
    return end > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(end)
  } catch {
    return undefined
  }
}

/** Each field has its length before it. @throws RangeError behind the end */
const skip = (bytes: Buffer, at: number, fields: number): number =>
  fields === 0 ? at : skip(bytes, at + 4 + bytes.readUInt32BE(at), fields - 1)
