import type { OnChange } from '../contract.ts'
import { sentence } from '../errors.ts'
import type { Agent } from './agent.ts'
import { callHook } from './http-hook.ts'
import { waitAfter, write } from './keep-going.ts'
import type { Session } from './session.ts'
import { signalHook } from './signal-hook.ts'
import type { Told } from './state.ts'

/** After so many attempts, about half a minute, an app that does not answer is left alone until the next change. */
const attempts = 8

/** Tells the app what is due. A restart comes last, and is told before it happens: it must not happen again after it. */
export const keepHooks = async (agent: Agent, session: Session): Promise<Session | 'restart'> => {
  const now = agent.clock.now()
  const isDue = ({ due }: Told) => due !== null && due <= now
  const told: Told[] = []
  for (const each of session.state.told) told.push(isDue(each) ? await tell(agent, each) : each)
  const kept = write(agent, { ...session, state: { ...session.state, told } })
  if (!session.state.told.some(each => isDue(each) && each.onChange.kind === 'restart')) return kept
  agent.log('info', 'restarting', { reason: 'a secret has changed' })
  return 'restart'
}

const tell = async (agent: Agent, told: Told): Promise<Told> => {
  const { log, signal } = agent
  const { onChange, failures } = told
  try {
    await run(agent, onChange)
    return { ...told, due: null, failures: 0 }
  } catch (error) {
    signal.throwIfAborted()
    const reason = sentence(error)
    const wait = waitAfter(agent, { kind: 'network', reason }, { failures })
    const last = wait === undefined || failures + 1 >= attempts
    log('warn', 'hook failed', { hook: onChange.kind, reason, ...(last ? { last } : { seconds: wait / 1000 }) })
    return last
      ? { ...told, due: null, failures: 0 }
      : { ...told, due: agent.clock.now() + wait, failures: failures + 1 }
  }
}

const run = async (agent: Agent, onChange: OnChange): Promise<void> => {
  if (onChange.kind === 'signal') signalHook(agent, onChange.signal)
  if (onChange.kind === 'http') await callHook(agent, onChange)
}
