import { sentence } from '../errors.ts'
import { subscribe } from '../vault/event-socket.ts'
import { type Failure, retry } from '../vault/retry.ts'
import type { Agent } from './agent.ts'
import { wordsOf } from './refusal.ts'

/** What a person must mend, like a Vault that tells nothing, is tried again so rarely. Milliseconds, as all here. */
const rarely = 3_600_000
const longest = 60_000
/** So long a connection must have lived for the next one to be opened at once. */
const settled = 60_000

export type Listening = {
  readonly token: string
  /** What to ask for: `kv*`. */
  readonly events: string
  readonly signal: AbortSignal
  /** Something has been listening before: changes may have been missed since. */
  readonly again: boolean
  readonly heard: (message: string) => void
  readonly missed: () => void
}

/** Listens until the signal is aborted, over as many connections as it takes; says once what is in the way. Never rejects. */
export const keepListening = async (
  { config, clock, log }: Pick<Agent, 'config' | 'clock' | 'log'>,
  { token, events, signal, again, heard, missed }: Listening,
): Promise<void> => {
  let [failures, said, isGap] = [0, '', again]
  while (!signal.aborted) {
    let since = Infinity
    const opened = () => {
      since = clock.now()
      said = ''
      log('info', 'listening for changes', { events })
      if (isGap) missed()
      isGap = true
    }
    const failure = await subscribe(config.vault, { token, events, signal, opened, message: heard }).catch(unusable)
    if (signal.aborted) return
    const [now, random] = [clock.now(), clock.random()]
    if (now - since >= settled) failures = 0
    const decision = retry({ failures, failure, now, random, longest })
    const wait = decision.kind === 'wait' ? decision.milliseconds : rarely * (0.9 + 0.1 * random)
    const reason = inTheWay(events, failure)
    if (reason !== said) log('warn', 'not listening for changes', { reason, seconds: Math.round(wait / 1000) })
    said = reason
    failures += 1
    await clock.sleep(wait, signal).catch(() => undefined)
  }
}

/** As a CA file that cannot be read. */
const unusable = (error: unknown): Failure => ({ kind: 'network', reason: sentence(error) })

const inTheWay = (events: string, failure: Failure): string => {
  const words = wordsOf(failure)
  if (failure.kind !== 'status' || failure.status >= 429) return words
  return failure.status === 403
    ? `${words}; give the role a policy with: path "sys/events/subscribe/${events}" { capabilities = ["read"] }`
    : `${words}; only Vault Enterprise tells of changes, others are looked at every podvault.dev/refresh`
}
