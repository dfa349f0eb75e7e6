import { lookUpToken } from '../vault/api.ts'
import type { Agent } from './agent.ts'
import { insist } from './insist.ts'
import { login, revoke } from './login.ts'
import { eachOf, readerOf } from './read.ts'
import { readRefused } from './refusal.ts'
import { render, type Values, valueOf } from './render.ts'
import { secretsFiles, type WantedFile } from './secrets-files.ts'
import { pathsOf, readOf, resume, save, type Session } from './session.ts'
import type { HeldToken, State } from './state.ts'

/**
 * Everything in place: goes on with the token and the leases of an earlier process, or logs in; reads what is not
 * there, writes the state and the files. Revokes its token when it fails.
 * @throws PodvaultError
 */
export const prepare = async (agent: Agent): Promise<Session> => {
  const deadline = agent.clock.now() + agent.config.loginTimeout * 1000
  const files = secretsFiles(agent.config)
  const earlier = await stillValid(agent, resume(agent, files), deadline)
  const token = earlier?.state.token ?? (await login(agent, deadline))
  try {
    return await readMissing(agent, { token, files, earlier, deadline })
  } catch (error) {
    if (earlier === undefined) await revoke(agent, { token, former: [] })
    throw error
  }
}

const stillValid = async (
  agent: Agent,
  session: Session | undefined,
  deadline: number,
): Promise<Session | undefined> => {
  const token = session?.state.token
  const { clock, vault, signal } = agent
  if (token === undefined || token.lost || (token.endsAt ?? Infinity) <= clock.now()) return undefined
  const known = await insist(agent, { what: 'token', deadline }, timeout =>
    lookUpToken(vault, { token: token.value, signal, timeout }),
  )
  return known.kind === 'ok' ? session : undefined
}

type Start = {
  readonly token: HeldToken
  readonly files: readonly WantedFile[]
  readonly earlier: Session | undefined
  readonly deadline: number
}

const readMissing = async (agent: Agent, { token, files, earlier, deadline }: Start): Promise<Session> => {
  const { config, clock } = agent
  const reader = earlier?.reader ?? readerOf(agent.vault)
  const known = { state: earlier?.state, values: earlier?.values ?? new Map<string, never>() }
  const paths = missing(files, known, clock.now())
  // The first refusal ends the other reads too.
  const failed = new AbortController()
  const signal = AbortSignal.any([agent.signal, failed.signal])
  const reads = await eachOf(paths, async path => {
    const patience = { what: path, deadline, loggedInAt: token.loggedInAt }
    const outcome = await insist({ ...agent, signal }, patience, timeout =>
      reader.read({ token: token.value, signal, timeout }, path),
    )
    if (outcome.kind !== 'ok') throw readRefused(config, path, reader.mountOf(path), outcome)
    return readOf(agent, files, path, outcome.value.secret)
  }).finally(() => failed.abort())
  const kept = (known.state?.held ?? []).filter(({ path }) => !paths.includes(path))
  const values: Values = new Map([...known.values, ...reads.map(({ held, value }) => [held.path, value] as const)])
  const state: State = {
    version: 1,
    token,
    former: known.state?.former ?? [],
    mounts: reader.mounts(),
    held: [...kept, ...reads.map(({ held }) => held)],
    hash: '',
  }
  return save(agent, { state, values, files, reader }, render(files, values, config.env))
}

type Known = { readonly state: Pick<State, 'held'> | undefined; readonly values: Values }

const missing = (files: readonly WantedFile[], { state, values }: Known, now: number): readonly string[] => {
  const running = new Set(
    (state?.held ?? []).filter(({ lease }) => lease === null || lease.endsAt > now).map(({ path }) => path),
  )
  const absent = files.flatMap(({ variables }) => variables).filter(each => valueOf(each, values) === undefined)
  const unread = new Set(absent.map(({ path }) => path))
  return pathsOf(files).filter(path => !running.has(path) || unread.has(path))
}
