import { appTokenVolume, isOrdinary, ownTokenVolume, type TokenVolume } from '../../vault-k8s/service-account.ts'
import { usesAccount } from '../../vault-k8s/auth.ts'
import type { Wish } from '../../vault-k8s/wish.ts'
import { folders } from '../../volumes.ts'

/** Files of the pod that the agent is told to read. */
const filesIn = ({ read }: Wish): readonly string[] => [
  read.values['ca-cert'],
  read.values['client-cert'],
  read.values['client-key'],
  ...read.named('auth-config').values(),
]

/** The app's token volume, where the agent is told to read something that lies beside the token. */
export const neededOfApp = (wish: Wish): TokenVolume | undefined => {
  const app = appTokenVolume(wish.pod)
  return app !== undefined && filesIn(wish).some(file => isBelow(file, app)) ? app : undefined
}

const isBelow = (file: string, { mountPath }: TokenVolume): boolean => file.startsWith(`${mountPath}/`)

/** The pod's own choice, or a token that somebody made for Vault; else one for podvault alone. None where no login needs it. */
export const tokenOf = (wish: Wish): TokenVolume | undefined => {
  if (!usesAccount(wish.read)) return undefined
  if (wish.tokenVolume !== undefined) return wish.tokenVolume
  const app = appTokenVolume(wish.pod)
  if (app !== undefined && !isOrdinary(app)) return app
  // Where the app's token is mounted as well, it has that place.
  return ownTokenVolume(neededOfApp(wish) === undefined ? folders.token : '/podvault/token')
}
