import { allowedOnChange, readOnChange } from './on-change.ts'

/** How one kind of annotation value is read: undefined means it is not allowed, and `allowed` says in words what is. */
export type Kind<T> = { readonly allowed: string; readonly read: (text: string) => T | undefined }

const kind = <T>(allowed: string, read: (text: string) => T | undefined): Kind<T> => ({ allowed, read })

export const flag = kind('"true" or "false"', text => (text === 'true' ? true : text === 'false' ? false : undefined))

export const oneOf = <const T extends string>(...values: readonly T[]): Kind<T> =>
  kind(values.map(value => `"${value}"`).join(' or '), text => values.find(value => value === text))

/** What the agent does after a change. */
export const onChange = kind(allowedOnChange, readOnChange)

/** A word without blanks or control characters, as Vault's roles, audiences and namespaces are. */
export const word = (example: string): Kind<string> =>
  kind(`a word without blanks, as ${example}`, text => (/^[\x21-\x7e]{1,256}$/.test(text) ? text : undefined))

/** Where something is mounted in Vault: part of an address, so nothing that changes its meaning. */
export const mountPath = (example: string): Kind<string> =>
  kind(`a path of letters, digits, ".", "_" and "-", as ${example}`, value => {
    const parts = value.split('/')
    const plain = value.length <= 256 && parts.every(part => /^[\w.-]+$/.test(part) && part !== '.' && part !== '..')
    return plain ? value : undefined
  })

export const text = kind('a text', value => value)

/** A duration in seconds, written as Kubernetes and Vault write it: 90s, 5m, 1h30m. */
export const duration = (least: string, most: string, or: readonly string[] = []): Kind<number> => {
  const [from = 0, to = Infinity] = [seconds(least), seconds(most)]
  return kind(
    `${or.map(value => `${value} or `).join('')}a duration from ${least} to ${most}, as 90s, 5m or 1h30m`,
    value => {
      const parsed = seconds(value)
      if (parsed === undefined) return undefined
      return (parsed >= from && parsed <= to) || or.includes(value) ? parsed : undefined
    },
  )
}

const seconds = (value: string): number | undefined => {
  const [, h, m, s] = /^(?=\d)(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/.exec(value) ?? [undefined]
  const given = [h, m, s].some(part => part !== undefined)
  return given ? Number(h ?? 0) * 3600 + Number(m ?? 0) * 60 + Number(s ?? 0) : undefined
}

export const share = (least: number, most: number): Kind<number> =>
  kind(`a number from ${least} to ${most}, as 0.67`, value => {
    const parsed = /^\d?\.?\d{1,6}$/.test(value) ? Number(value) : NaN
    return parsed >= least && parsed <= most ? parsed : undefined
  })

/** A numeric id; never 0: nothing of podvault runs as root. */
export const id = kind('a whole number from 1 to 2147483647', value => {
  const parsed = /^[1-9]\d{0,9}$/.test(value) ? Number(value) : NaN
  return parsed <= 2147483647 ? parsed : undefined
})

/** A port that needs no privilege; `none` where there shall be none. */
export const portOrNone = kind('a port from 1024 to 65535, or "none"', value => {
  if (value === 'none') return value
  const parsed = /^[1-9]\d{3,4}$/.test(value) ? Number(value) : NaN
  return parsed >= 1024 && parsed <= 65535 ? parsed : undefined
})

/** A quantity of Kubernetes: the text as it was written, with its size in the base unit for comparisons. */
export type Quantity = { readonly text: string; readonly size: number }

/** What each suffix of a quantity stands for. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
export const multipliers = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
} as const

export const quantityOf = (value: string): Quantity | undefined => {
  const [, number, unit = ''] = /^(\d{1,15}(?:\.\d{1,9})?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(value) ?? []
  return number === undefined
    ? undefined
    : { text: value, size: Number(number) * multipliers[unit as keyof typeof multipliers] }
}

/** `least` guards against the typo that Kubernetes accepts: 128m of memory is an eighth of a byte. */
export const quantity = (least: number, inWords: string): Kind<Quantity> =>
  kind(`a quantity of at least ${inWords}`, value => {
    const parsed = quantityOf(value)
    return parsed !== undefined && parsed.size >= least ? parsed : undefined
  })

/** Absent where it says `none`. */
export const quantityOrNone = (least: number, inWords: string): Kind<Quantity | 'none'> => {
  const some = quantity(least, inWords)
  return kind(`${some.allowed}, or "none"`, value => (value === 'none' ? 'none' : some.read(value)))
}

/** An absolute path in a container, without a trailing slash. */
export const path = kind('an absolute path below /, without ":", "." and ".." parts or control characters', value => {
  const parts = value.split('/').filter(part => part !== '')
  const fine = value.startsWith('/') && parts.length > 0 && value.length <= 1024 && !/[:\p{Cc}]/u.test(value)
  return fine && !parts.some(part => part === '.' || part === '..') ? `/${parts.join('/')}` : undefined
})

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** The name of something inside a pod. */
export const containerName = (example: string): Kind<string> =>
  kind(`a name of lower-case letters, digits and "-", as ${example}`, value => (label.test(value) ? value : undefined))

/** Names of containers, or one of the given words. */
export const containers = <const T extends string>(...words: readonly T[]): Kind<T | readonly string[]> =>
  kind(`${words.map(value => `"${value}"`).join(', ')} or names of containers, separated by commas`, value => {
    const found = words.find(candidate => candidate === value)
    if (found !== undefined) return found
    const list = value.split(',').map(name => name.trim())
    return list.every(name => label.test(name)) ? [...new Set(list)] : undefined
  })

/** An object of the pod's own namespace, and one of its keys. */
export type ObjectKey = { readonly name: string; readonly key?: string }

const objectKeyOf = (value: string): ObjectKey | undefined => {
  const parts = /^([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?:\/([-._a-zA-Z0-9]{1,253}))?$/.exec(value)
  if (parts?.[1] === undefined || parts[2]?.startsWith('..') || parts[2] === '.') return undefined
  return { name: parts[1], ...(parts[2] !== undefined && { key: parts[2] }) }
}

export const objectKey = (what: string): Kind<ObjectKey> => kind(`the name of a ${what}, or name/key`, objectKeyOf)

/** The name of an object of the pod's own namespace. */
export const objectName: Kind<string> = kind('a name of lower-case letters, digits, "-" and "."', value =>
  objectKeyOf(value)?.key === undefined ? objectKeyOf(value)?.name : undefined,
)

export const objectKeys = (what: string): Kind<readonly ObjectKey[]> =>
  kind(`names of ${what}s, each as name or name/key, separated by commas`, value => {
    const list = value.split(',').map(item => objectKeyOf(item.trim()))
    return list.every(item => item !== undefined) ? list : undefined
  })

/** The address of a Vault: scheme, host and port, nothing else. Written back without a trailing slash. */
export const address = kind(
  'http:// or https://, a host and perhaps a port, as https://vault.example.com:8200',
  value => {
    const url = /^https?:\/\/[\x21-\x7e]{1,512}$/.test(value) ? URL.parse(value) : null
    const plain = url !== null && url.pathname === '/' && url.search + url.hash + url.username + url.password === ''
    return plain ? url.origin : undefined
  },
)
