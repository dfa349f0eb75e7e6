import type { Agent } from './agent.ts'
import { keepFiles } from './keep-files.ts'
import { write } from './keep-going.ts'
import { keepHooks } from './keep-hooks.ts'
import { keepSecrets } from './keep-secrets.ts'
import { keepToken } from './keep-token.ts'
import { next, refreshDue } from './schedule.ts'
import type { Session } from './session.ts'
import { isFollowed } from './wanted.ts'

/**
 * Keeps token, leases, files and the app's knowledge of them alive until the signal is aborted, then throws its reason.
 * Returns only when the containers of the pod are to be restarted.
 */
export const keep = async (agent: Agent, session: Session): Promise<'restart'> => {
  let current = session
  let filesDue = filesDueOf(agent)
  for (;;) {
    current = agent.beside?.seen(current) ?? current
    const { token, held, told } = current.state
    const plan = { token, secrets: held, hooks: told, files: filesDue, write: current.unwritten?.due ?? null }
    const due = next(plan, agent.clock.now())
    if (due.wait !== 0) {
      agent.vault.rest()
      const longest = sleepOf(due.wait)
      await (agent.beside?.rest(longest) ?? agent.clock.sleep(longest, agent.signal))
    } else if (due.token) current = await keepToken(agent, current)
    else if (due.write) current = write(agent, current)
    else if (due.hooks) {
      const kept = await keepHooks(agent, current)
      if (kept === 'restart') return kept
      current = kept
    } else if (due.files) {
      current = await keepFiles(agent, current)
      filesDue = filesDueOf(agent)
    } else current = await keepSecrets(agent, current, due.secrets)
  }
}

/** Timers of Node reach 24 days; looking up once a day costs nothing. */
const longestSleep = 86_400_000

/** Timers stand still while the machine sleeps: so long after it has woken, what has ended meanwhile is replaced. */
const longestBlindness = 300_000

const sleepOf = (wait: number | undefined): number =>
  wait === undefined ? longestSleep : Math.min(wait, longestBlindness)

const filesDueOf = ({ config, clock }: Agent) =>
  config.mounted.length === 0 && !config.files.some(isFollowed) ? null : refreshDue(config, clock.now(), clock.random())
