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
  const trust =
    action.kind === 'store'
      ? action.trust
      : { current: makeAuthority(api.now(), lives.authority), former: action.former }
  await putSecret(api, names, me, writeTrust(trust), secret?.version)
  const what = action.kind === 'store' ? 'remembers another authority' : 'has a new authority'
  const notAfter = new Date(lifeOf(trust.current.cert).notAfter)
  log.info({ notAfter, former: trust.former.length }, `the Secret ${names.secret} ${what}: ${action.why}`)
}
