import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { names } from '../contract.ts'
import { sentence } from '../errors.ts'
import type { Agent } from './agent.ts'
import type { Moment } from './clock.ts'
import { endOf } from './expiry.ts'
import type { Session } from './session.ts'

/**
 * What the app has been given and is of no use any more: paths of secrets, and the token itself where the app has it. A
 * Vault that is away ends nothing: what needs no lease stays good until somebody says otherwise.
 */
export const endedOf = (
  config: Agent['config'],
  { state, wanted }: Pick<Session, 'state' | 'wanted'>,
  { now, wall }: Pick<Moment, 'now' | 'wall'>,
): readonly string[] => {
  const { token, held } = state
  const isOver = (endsAt: number | null) => endsAt !== null && endsAt <= now
  // Leases end with the token they came with. One that Vault refuses may still live: a 403 has many reasons.
  const isTokenOver = isOver(token.endsAt)
  const paths = held.flatMap(({ id, lease, value }) => {
    const request = wanted.requests.get(id)
    if (request === undefined) return []
    const made = request.method === 'GET' ? undefined : endOf(value?.data ?? {})
    const isEnded = lease === null ? made !== undefined && made * 1000 <= wall : isTokenOver || isOver(lease.endsAt)
    return isEnded ? [request.path] : []
  })
  return [...(isTokenOver && config.token !== undefined ? ['token'] : []), ...new Set(paths)]
}

/** Makes the file that says that all secrets are there and good, or takes it away. It is empty, and no part of the swap. */
export const showReady = (
  agent: Pick<Agent, 'config' | 'clock' | 'log'>,
  session: Pick<Session, 'state' | 'wanted'>,
): void => {
  const { config, clock, log } = agent
  const file = join(config.folders.secrets, names.readyFile)
  const ended = endedOf(config, session, clock.moment())
  const isReady = ended.length === 0
  if (existsSync(file) === isReady) return
  try {
    if (isReady) writeFileSync(file, '', { mode: 0o444 })
    else rmSync(file)
    if (isReady) log('info', 'ready')
    else log('warn', 'not ready', { ended: ended.join(' ') })
  } catch (error) {
    log('warn', 'not written', { reason: sentence(error) })
  }
}
