import type { Agent, Beside } from './agent.ts'
import { showReady } from './ready.ts'

type Attended = Agent & { readonly beside: Beside & { readonly close: () => void } }

/**
 * The agent with what goes on beside its loop until that is closed: the readiness file always, the rest where the pod
 * asks for it. Loaded only there: it costs memory, ten thousand times.
 */
export const withBeside = async (plain: Agent): Promise<Attended> => {
  const { metricsPort, instantUpdates } = plain.config
  const metrics =
    metricsPort === undefined ? undefined : (await import('./metrics-server.ts')).measured(plain, metricsPort)
  const agent = metrics?.agent ?? plain
  const events = instantUpdates === true ? (await import('./instant.ts')).instantUpdates(agent) : undefined
  return {
    ...agent,
    beside: {
      seen: session => {
        const seen = events?.seen(session) ?? session
        metrics?.seen(seen)
        showReady(agent, seen)
        return seen
      },
      rest: milliseconds => events?.rest(milliseconds) ?? agent.clock.sleep(milliseconds, agent.signal),
      close: () => {
        metrics?.close()
        events?.close()
      },
    },
  }
}
