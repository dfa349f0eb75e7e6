// PURE: which secrets an event of Vault is about. https://developer.hashicorp.com/vault/docs/concepts/events
import { member, objectOf, objectWith, record, text } from '../shape.ts'
import { guessedMount } from '../vault/api.ts'
import { foldPath } from '../vault/client.ts'
import type { Mount } from '../vault/responses.ts'
import type { Request } from './requests.ts'

/** Something has changed. */
export type Change = {
  /** Every way to spell what has changed, the mount included. */
  readonly paths: ReadonlySet<string>
  readonly namespace: string
}

const body = objectOf({
  data: objectWith({ event: objectOf({ metadata: record }) }, { namespace: text, plugin_info: record }),
})

/** Undefined for what is no event of Vault's, and for one after which all is as before. */
export const changeOf = (message: string): Change | undefined => {
  try {
    const { event, namespace = '', plugin_info: plugin = {} } = body(JSON.parse(message), '').data
    const told = ['path', 'data_path'].flatMap(key => textAt(event.metadata, key))
    const rotated = textAt(event.metadata, 'name').map(name => `static-creds/${name}`)
    // Whether the mount is in front of a path has changed from version to version.
    const whole = textAt(plugin, 'mount_path').flatMap(mount => [...told, ...rotated].map(path => `${mount}/${path}`))
    const isSame = String(member(event.metadata, 'modified')) === 'false'
    return isSame ? undefined : { paths: new Set([...told, ...whole].map(foldPath)), namespace: foldPath(namespace) }
  } catch {
    return undefined
  }
}

/** None where there is no text. */
const textAt = (from: Readonly<Record<string, unknown>>, key: string): readonly string[] => {
  const value = member(from, key)
  return typeof value === 'string' ? [value] : []
}

/** Whether the answer to a request may be another one after this change. @param mount as far as it is known */
export const isAffected = (request: Request, mount: Mount | undefined, { paths }: Change): boolean =>
  spellings(request, mount).some(path => paths.has(path))

/** What KV version 2 has behind its mount, in front of the path that people write. */
const parts = ['data', 'metadata', 'delete', 'undelete', 'destroy']

const spellings = ({ path }: Request, mount: Mount | undefined): readonly string[] => {
  const { path: root, versioned } = mount ?? guessedMount(path)
  return [path, ...(versioned ? parts.map(part => `${root}${part}/${path.slice(root.length)}`) : [])]
}

const isRotated = ({ path }: Request): boolean => path.includes('/static-creds/')

/** The kinds of events to ask for: one connection each. */
export const eventsFor = (requests: readonly Request[]): readonly string[] => {
  const reads = requests.filter(({ method }) => method === 'GET')
  return [
    ...(reads.some(request => !isRotated(request)) ? ['kv*'] : []),
    ...(reads.some(isRotated) ? ['database/*'] : []),
  ]
}
