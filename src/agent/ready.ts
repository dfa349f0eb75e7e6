import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { names } from '../contract.ts'
import { sentence } from '../errors.ts'
import type { Agent } from './agent.ts'
import type { Session } from './session.ts'

/**
 * What the app has been given and is of no use any more: paths of secrets, and the token itself where the app has it. A
 * Vault that is away ends nothing: what needs no lease stays good until somebody says otherwise.
 */
export const endedOf = (
  { config, clock }: Pick<Agent, 'config'> & { readonly clock: Pick<Agent['clock'], 'now'> },
  { state, wanted }: Pick<Session, 'state' | 'wanted'>,
): readonly string[] => {
  const { token, held } = state
  const now = clock.now()
  const isOver = (endsAt: number | null | undefined) => typeof endsAt === 'number' && endsAt <= now
  // Leases end with the token they came with.
  const lost = token.lost || isOver(token.endsAt)
  const ended = held.filter(({ lease }) => lease !== null && (lost || isOver(lease.endsAt)))
  const paths = ended.map(({ id }) => wanted.requests.get(id)?.path ?? '').filter(path => path !== '')
  return [...(lost && config.token !== undefined ? ['token'] : []), ...new Set(paths)]
}

/** Makes the file that says that all secrets are there and good, or takes it away. It is empty, and no part of the swap. */
export const showReady = (
  agent: Pick<Agent, 'config' | 'clock' | 'log'>,
  session: Pick<Session, 'state' | 'wanted'>,
): void => {
  const { config, log } = agent
  const file = join(config.folders.secrets, names.readyFile)
  const ended = endedOf(agent, session)
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
