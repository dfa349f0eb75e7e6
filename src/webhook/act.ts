import type { Log } from '../log.ts'
import type { ApiServer } from './api-server.ts'
import { makeAuthority } from './make-certificates.ts'
import { type Names, putCaBundle, putSecret } from './objects.ts'
import type { Action, Lives, Seen } from './tend.ts'
import { lifeOf, writeTrust } from './trust.ts'

export type Actor = {
  readonly api: ApiServer
  readonly names: Names
  readonly lives: Lives
  /** A name that no other process has, nor had before. */
  readonly me: string
  readonly log: Log
}

/** Does what the leader has decided, as long as nobody has changed the object since it was seen. @throws as putSecret does */
export const act = async (action: Action, { api, names, lives, me, log }: Actor, { secret }: Seen): Promise<void> => {
  if (action.kind === 'register') {
    await putCaBundle(api, names.configuration, action.registration, action.caBundle)
    log.info(`the caBundle of ${action.registration.kind} ${names.configuration} has been written`)
    return
  }
  const { former, why } = action
  const current = makeAuthority(api.now(), lives.authority)
  await putSecret(api, names, me, writeTrust({ current, former }), secret?.version)
  const notAfter = new Date(lifeOf(current.cert).notAfter)
  log.info({ notAfter, former: former.length }, `the Secret ${names.secret} has a new authority: ${why}`)
}
