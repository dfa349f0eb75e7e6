import type { Agent, Beside } from './agent.ts'
import { showReady } from './ready.ts'
import type { Session } from './session.ts'
import type { Tally } from './tally.ts'

/** What goes on beside the loop until it is closed: the readiness file always, the rest where the pod asks for it. */
export const besideOf = async (
  agent: Agent,
  tally: Tally | undefined,
): Promise<Beside & { readonly close: () => void }> => {
  const { config, clock, signal } = agent
  let last: Session | undefined
  // Loaded only where they are wanted: each costs memory, ten thousand times.
  const server =
    config.metricsPort === undefined || tally === undefined
      ? undefined
      : (await import('./metrics-server.ts')).serveMetrics({ agent, tally, session: () => last }, config.metricsPort)
  const events = config.instantUpdates === true ? (await import('./instant.ts')).instantUpdates(agent) : undefined
  return {
    seen: session => {
      last = events?.seen(session) ?? session
      showReady(agent, last)
      return last
    },
    rest: milliseconds => events?.rest(milliseconds) ?? clock.sleep(milliseconds, signal),
    close: () => {
      server?.close()
      events?.close()
    },
  }
}
