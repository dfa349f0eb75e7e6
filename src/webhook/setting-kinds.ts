import type { Kind } from '../inject/kinds.ts'
import type { KubernetesVersion } from '../inject/settings.ts'

export type Listen = { readonly host?: string; readonly port: number }

/** `host:port`, `[address]:port` or `:port`. */
export const listenAt = (text: string): Listen | undefined => {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text)
  const host = parts?.[1] ?? parts?.[2] ?? ''
  const port = Number(parts?.[3] ?? NaN)
  return port <= 65535 ? { ...(host !== '' && { host }), port } : undefined
}

/** Whether it is there shows when it is read. */
export const file = (text: string): string => text

/** As Kubernetes takes it: anything without blanks. */
export const imageName: Kind<string> = {
  allowed: 'the name of an image, without blanks',
  read: text => (/^[\x21-\x7e]{1,512}$/.test(text) ? text : undefined),
}

/** As most objects of Kubernetes are called. */
export const objectName: Kind<string> = {
  allowed: 'the name of an object: lower case letters, digits, "-" and "."',
  read: text => (/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(text) ? text : undefined),
}

/** Of whoever speaks HTTP; what is in front of an @ would be a password in a list of processes. */
export const url: Kind<string> = {
  allowed: 'an http or https URL, without user and password',
  read: text => {
    const read = /^https?:\/\/[\x21-\x7e]{1,1000}$/.test(text) ? URL.parse(text) : null
    return read === null || read.username !== '' || read.password !== '' ? undefined : read.href
  },
}

/** A list. */
export const words: Kind<readonly string[]> = {
  allowed: 'words separated by commas',
  read: text => {
    const list = text.split(',').map(each => each.trim())
    return list.every(each => /^[\x21-\x7e]{1,256}$/.test(each)) ? list : undefined
  },
}

/** As people and API servers write it: `1.36`, `v1.36.2+k3s1`. */
export const versionOf = (text: string): KubernetesVersion | undefined => {
  const parts = /^v?(\d{1,3})\.(\d{1,3})(?:[.+-].*)?$/.exec(text)
  return parts === null ? undefined : { major: Number(parts[1]), minor: Number(parts[2]) }
}
