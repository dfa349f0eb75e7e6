import { PodvaultError, sentence } from '../errors.ts'
import type { Agent } from './agent.ts'
import { write } from './keep-going.ts'
import { eachOf } from './read.ts'
import { wordsOf } from './refusal.ts'
import { render, type Values } from './render.ts'
import { secretsFiles, type WantedFile } from './secrets-files.ts'
import { pathsOf, readOf, type Session } from './session.ts'

/** Follows the mounted ConfigMaps. They are taken over as a whole or not at all: the last good files stay until then. */
export const keepFiles = async (agent: Agent, session: Session): Promise<Session> => {
  try {
    const files = secretsFiles(agent.config)
    return JSON.stringify(files) === JSON.stringify(session.files) ? session : await takeOver(agent, session, files)
  } catch (error) {
    if (agent.signal.aborted) throw error
    agent.log('warn', 'secrets files unusable', { reason: sentence(error) })
    return session
  }
}

const takeOver = async (agent: Agent, session: Session, files: readonly WantedFile[]): Promise<Session> => {
  const { token, held } = session.state
  const paths = pathsOf(files)
  const same = (path: string) => keysOf(files, path) === keysOf(session.files, path)
  const kept = held.filter(({ path }) => paths.includes(path) && same(path))
  const others = paths.filter(path => !kept.some(each => each.path === path))
  const reads = await eachOf(others, async path => {
    const outcome = await session.reader.read({ token: token.value, signal: agent.signal }, path)
    if (outcome.kind !== 'ok') throw new PodvaultError('failed', `${path} cannot be read: ${wordsOf(outcome)}`)
    return readOf(agent, files, path, outcome.value.secret)
  })
  const values: Values = new Map([
    ...session.values,
    ...reads.map(({ held: { path }, value }) => [path, value] as const),
  ])
  // Throws for a variable that the env file cannot carry.
  render(files, values, agent.config.env)
  agent.log('info', 'secrets files changed', { paths: others.join(' ') })
  const state = { ...session.state, held: [...kept, ...reads.map(read => read.held)] }
  return write(agent, { ...session, files, values, state })
}

const keysOf = (files: readonly WantedFile[], path: string): string =>
  JSON.stringify(files.flatMap(({ variables }) => variables.filter(each => each.path === path).map(({ key }) => key)))
