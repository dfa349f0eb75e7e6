import { foldPath } from '../vault/client.ts'
import { changeOf, eventsFor, isAffected } from './affected.ts'
import type { Agent, Beside } from './agent.ts'
import { keepListening } from './listen.ts'
import type { Session } from './session.ts'

/** The replicas of an app hear of a change at the same moment: so many milliseconds they spread their reads over. */
const spread = 2000
/** After a time in which changes may have been missed: then all pods come back to one Vault. */
const wideSpread = 30_000

type Listener = { readonly token: string; readonly stop: AbortController }

/** Makes secrets due as soon as Vault tells that they have changed. Whatever goes wrong here, `refresh` goes on. */
export const instantUpdates = (agent: Agent): Beside & { readonly close: () => void } => {
  const { config, clock, signal, log } = agent
  const dues = new Map<string, number>()
  const listeners = new Map<string, Listener>()
  /** The one seen last; nothing listens before there is one. */
  let current: Session
  let nap = new AbortController()
  let hasListened = false

  /** What has a lease is nobody else's: no event is about it. */
  const hurry = (within: number, isMeant: (id: string) => boolean): readonly string[] => {
    const meant = current.state.held.filter(({ id, lease }) => lease === null && isMeant(id))
    for (const { id } of meant) dues.set(id, Math.min(dues.get(id) ?? Infinity, clock.now() + within * clock.random()))
    if (meant.length > 0) nap.abort()
    return meant.map(({ id }) => id)
  }
  const heard = (message: string): void => {
    const change = changeOf(message)
    if (change === undefined) return
    if (change.namespace !== '' && change.namespace !== foldPath(config.vault.namespace ?? '')) return
    const { wanted, reader } = current
    const requests = [...wanted.requests.values()].filter(each => isAffected(each, reader.mountOf(each), change))
    for (const { id, path } of requests)
      if (hurry(spread, each => each === id).length > 0) log('info', 'changed', { path })
  }
  const missed = () => void hurry(wideSpread, () => true)

  /** A connection belongs to the token it was opened with. */
  const listen = ({ state: { token }, wanted }: Session): void => {
    if (token.lost) return
    const kinds = eventsFor([...wanted.requests.values()])
    for (const [events, listener] of listeners)
      if (listener.token !== token.value || !kinds.includes(events)) {
        listener.stop.abort()
        listeners.delete(events)
      }
    for (const events of kinds.filter(each => !listeners.has(each))) {
      const stop = new AbortController()
      listeners.set(events, { token: token.value, stop })
      const listening = { token: token.value, events, signal: stop.signal, again: hasListened, heard, missed }
      void keepListening(agent, listening)
    }
    hasListened = true
  }
  const close = () => {
    for (const { stop } of listeners.values()) stop.abort()
    nap.abort()
  }
  signal.addEventListener('abort', close, { once: true })
  return {
    seen: session => {
      current = session
      listen(session)
      if (dues.size === 0) return session
      const held = session.state.held.map(each => {
        const due = dues.get(each.id)
        return due === undefined ? each : { ...each, due: Math.min(due, each.due ?? Infinity) }
      })
      dues.clear()
      return { ...session, state: { ...session.state, held } }
    },
    rest: async milliseconds => {
      signal.throwIfAborted()
      if (dues.size > 0) return
      nap = new AbortController()
      const { signal: over } = nap
      await clock.sleep(milliseconds, over).catch((error: unknown) => {
        signal.throwIfAborted()
        if (!over.aborted) throw error
      })
    },
    close,
  }
}
