import { statSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command, Io } from '../command.ts'
import { names, restartExitCode } from '../contract.ts'
import { decodeConfig } from '../decode-config.ts'
import { PodvaultError } from '../errors.ts'
import { vaultAt } from '../vault/client.ts'
import type { Agent, Clock, Host } from './agent.ts'
import { withBeside } from './beside.ts'
import { machineTime, type Moment, steadily } from './clock.ts'
import { keep } from './keep.ts'
import { logTo } from './log.ts'
import { revoke } from './login.ts'
import { lastMounted, prepare } from './prepare.ts'
import { isComplete, isShown, resume, save, type Session } from './session.ts'
import { showReady } from './ready.ts'
import { forgetState, readState } from './state.ts'
import { placeOf, withTemplates } from './templates.ts'
import { inlineSource, isFollowed } from './wanted.ts'

/** The node's own clocks, going on from an earlier process. */
export const realClock = (since: Moment | undefined): Clock => {
  const moment = steadily(() => Date.now(), machineTime, since)
  return {
    now: () => moment().now,
    moment,
    random: () => Math.random(),
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  }
}

const realHost: Host = {
  proc: '/proc',
  pid: process.pid,
  kill: process.kill.bind(process),
}

const newer =
  'the webhook that wrote them is newer than this agent, which goes on without them; use the agent image that belongs to that webhook'

const agentOf = async (io: Io, given: Clock | undefined): Promise<Agent> => {
  let unknown: readonly string[] = []
  const config = decodeConfig(io.env[names.configVariable], places => (unknown = places))
  const clock = given ?? realClock(readState(config.folders.state)?.at)
  const files = config.files.map(async file =>
    isFollowed(file) ? file : { ...file, entries: await withTemplates(file.entries, inlineSource) },
  )
  const log = logTo(io.stdout, () => clock.moment().wall)
  if (unknown.length > 0) log('warn', 'config not understood', { members: unknown.slice(0, 10).join(' '), hint: newer })
  return {
    config: { ...config, files: await Promise.all(files), place: placeOf(io.env, statSync('/proc/self')) },
    vault: vaultAt(config.vault),
    clock,
    host: realHost,
    log,
    signal: io.stop,
  }
}

/** The init container: everything in place, then out. */
export const login: Command = async io => loginWith(io)

/** @param clock of a test */
export const loginWith = async (io: Io, clock?: Clock): Promise<number> => {
  const agent = await agentOf(io, clock)
  return finished(agent, prepare(agent, false)).then(
    session => {
      showReady(agent, session)
      return 0
    },
    error => {
      if (!io.stop.aborted) throw error
      throw new PodvaultError('failed', 'stopped before the secrets were there', { cause: error })
    },
  )
}

/** The sidecar: goes on where login ended, until the pod ends. */
export const renew: Command = async io => renewWith(io)

/** @param clock of a test */
export const renewWith = async (io: Io, clock?: Clock): Promise<number> => {
  const agent = await withBeside(await agentOf(io, clock))
  return finished(agent, goOn(agent)).finally(() => agent.beside.close())
}

/** An idle connection would keep the process. */
const finished = <T>({ vault }: Agent, work: Promise<T>): Promise<T> => work.finally(() => vault.rest())

/** The sidecar's life, from what login has left to the end of the pod. @returns the exit code */
export const goOn = async (agent: Agent): Promise<number> => {
  try {
    const running = isShown(agent)
    await keep(agent, (await takeOver(agent)) ?? (await prepare(agent, running)))
    return restartExitCode
  } catch (error) {
    if (!agent.signal.aborted) throw error
    await leave(agent)
    return 0
  }
}

/** What login, or a killed renew, has left; nothing is asked of Vault. */
const takeOver = async (agent: Agent): Promise<Session | undefined> => {
  const session = resume(agent, await lastMounted(agent))
  if (session === undefined) return undefined
  if (!isComplete(session)) {
    // What is missing may take long to come.
    showReady(agent, session)
    return undefined
  }
  return session.state.shown && isShown(agent) ? session : save(agent, session, true)
}

const leave = async ({ config, vault, log }: Agent): Promise<void> => {
  const state = readState(config.folders.state)
  if (!config.revoke || state === undefined) return
  await revoke({ vault, log }, state)
  forgetState(config.folders.state)
}
