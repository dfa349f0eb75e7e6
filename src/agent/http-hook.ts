import type { OnChange } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { reasonOf } from '../vault/client.ts'
import { type Exchange, wireTo } from '../vault/wire.ts'
import type { Agent } from './agent.ts'

const limits = { timeout: 10_000, bytes: 1024 * 1024 }

/** Sends the request the app asked for; any status of success will do. @throws PodvaultError */
export const callHook = async (
  { log, signal }: Pick<Agent, 'log' | 'signal'>,
  { method, url }: Extract<OnChange, { kind: 'http' }>,
): Promise<void> => {
  const { status } = await send(method, new URL(url), signal)
  if (Math.floor(status / 100) !== 2) throw new PodvaultError('failed', `${method} ${url} gave status ${status}`)
  log('info', 'told', { hook: 'http', url, status })
}

const send = async (method: string, url: URL, signal: AbortSignal): Promise<Exchange> => {
  const wire = wireTo({ address: url.origin })
  return wire
    .send({ method, url, headers: {}, signal }, limits)
    .catch((error: unknown) => {
      throw new PodvaultError('failed', `${method} ${url.href} was not answered: ${reasonOf(error)}`)
    })
    .finally(() => wire.rest())
}
