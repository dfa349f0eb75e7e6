import { sentence } from '../errors.ts'
import type { Agent } from './agent.ts'
import { write } from './keep-going.ts'
import { keepPaths } from './keep-paths.ts'
import { keepToken } from './keep-token.ts'
import { known, render } from './render.ts'
import { next, refreshDue } from './schedule.ts'
import { secretsFiles } from './secrets-files.ts'
import { pathsOf, type Session } from './session.ts'

/** Keeps token, leases and files alive until the signal is aborted, then throws its reason. Nothing else ends it. */
export const keep = async (agent: Agent, session: Session): Promise<never> => {
  let current = session
  let filesDue = filesDueOf(agent)
  for (;;) {
    const { state } = current
    const now = agent.clock.now()
    const { wait = longestSleep, token, paths } = next(state.token, state.held, filesDue, now)
    if (wait > 0) {
      agent.vault.rest()
      await agent.clock.sleep(Math.min(wait, longestSleep), agent.signal)
      continue
    }
    if (filesDue !== null && filesDue <= now) {
      current = withFiles(agent, current)
      filesDue = filesDueOf(agent)
    } else current = token ? await keepToken(agent, current) : await keepPaths(agent, current, paths)
  }
}

/** Timers of Node reach 24 days; looking up once a day costs nothing. */
const longestSleep = 86_400_000

const filesDueOf = ({ config, clock }: Agent) =>
  config.mounted.length === 0 ? null : refreshDue(config, clock.now(), clock.random())

/** The mounted ConfigMaps may want other variables than before. */
const withFiles = (agent: Agent, session: Session): Session => {
  try {
    const files = secretsFiles(agent.config)
    if (JSON.stringify(files) === JSON.stringify(session.files)) return session
    const wanted = pathsOf(files)
    const unchanged = session.state.held.filter(
      ({ path }) => wanted.includes(path) && keysOf(files, path) === keysOf(session.files, path),
    )
    const other = wanted.filter(path => !unchanged.some(held => held.path === path))
    // Throws for a name that the env file cannot carry.
    render(known(files, session.values), session.values, agent.config.env)
    agent.log('info', 'secrets files changed', { paths: other.join(' ') })
    const now = agent.clock.now()
    const due = other.map(path => ({ path, lease: null, due: now, failures: 0, denied: false }))
    return write(agent, { ...session, files, state: { ...session.state, held: [...unchanged, ...due] } })
  } catch (error) {
    agent.log('warn', 'secrets files unusable', { reason: sentence(error) })
    return session
  }
}

const keysOf = (files: Session['files'], path: string): string =>
  JSON.stringify(files.flatMap(({ variables }) => variables.filter(each => each.path === path).map(({ key }) => key)))
