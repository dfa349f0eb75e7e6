import type { Agent } from './agent.ts'
import { keepFiles } from './keep-files.ts'
import { keepPaths } from './keep-paths.ts'
import { keepToken } from './keep-token.ts'
import { next, refreshDue } from './schedule.ts'
import type { Session } from './session.ts'

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
      current = await keepFiles(agent, current)
      filesDue = filesDueOf(agent)
    } else current = token ? await keepToken(agent, current) : await keepPaths(agent, current, paths)
  }
}

/** Timers of Node reach 24 days; looking up once a day costs nothing. */
const longestSleep = 86_400_000

const filesDueOf = ({ config, clock }: Agent) =>
  config.mounted.length === 0 ? null : refreshDue(config, clock.now(), clock.random())
