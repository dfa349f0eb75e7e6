import { setTimeout as sleep } from 'node:timers/promises'
import type { Command, Io } from '../command.ts'
import { decodeConfig, names } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { vaultAt } from '../vault/client.ts'
import type { Agent, Clock } from './agent.ts'
import { keep } from './keep.ts'
import { logTo } from './log.ts'
import { revoke } from './login.ts'
import { prepare } from './prepare.ts'
import { secretsFiles } from './secrets-files.ts'
import { isComplete, resume, type Session } from './session.ts'
import { forgetState, readState } from './state.ts'

const realClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
}

const agentOf = (io: Io, clock: Clock): Agent => {
  const config = decodeConfig(io.env[names.configVariable])
  return { config, vault: vaultAt(config.vault), clock, log: logTo(io.stdout, clock.now), signal: io.stop }
}

/** The init container: everything in place, then out. */
export const login: Command = async io => loginWith(io, realClock)

export const loginWith = async (io: Io, clock: Clock): Promise<number> => {
  const agent = agentOf(io, clock)
  try {
    await prepare(agent)
    return 0
  } catch (error) {
    throw stopped(io, error)
  } finally {
    agent.vault.rest()
  }
}

/** The sidecar: goes on where login ended, until the pod ends. */
export const renew: Command = async io => renewWith(io, realClock)

export const renewWith = async (io: Io, clock: Clock): Promise<number> => {
  const agent = agentOf(io, clock)
  try {
    const session = takeOver(agent) ?? (await prepare(agent))
    return await keep(agent, session)
  } catch (error) {
    if (!io.stop.aborted) throw error
    await leave(agent)
    return 0
  } finally {
    agent.vault.rest()
  }
}

/** What login, or a killed renew, has left; nothing is asked of Vault. */
const takeOver = (agent: Agent): Session | undefined => {
  const session = resume(agent, secretsFiles(agent.config))
  return session !== undefined && isComplete(session) ? session : undefined
}

const leave = async ({ config, vault, log }: Agent): Promise<void> => {
  const state = readState(config.folders.state)
  if (!config.revoke || state === undefined) return
  await revoke({ vault, log }, state)
  forgetState(config.folders.state)
}

const stopped = (io: Io, error: unknown): unknown =>
  io.stop.aborted ? new PodvaultError('failed', 'stopped before the secrets were there', { cause: error }) : error
