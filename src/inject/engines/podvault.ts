import { encodeConfig, names } from '../../contract.ts'
import { takenPorts } from '../checks.ts'
import { type AgentSpec, loginContainer, renewContainer } from '../containers.ts'
import type { Mount } from '../pod.ts'
import { identityOf, modeOf } from '../vault-k8s/ids.ts'
import { resourcesFor } from '../vault-k8s/resources.ts'
import type { TokenVolume } from '../vault-k8s/service-account.ts'
import { extraSecret, secretMounts, secretVolumes, tlsSecret, withCopied } from '../vault-k8s/volumes.ts'
import { agentNames, type Wish } from '../vault-k8s/wish.ts'
import { folders, memoryVolume } from '../volumes.ts'
import type { Engineered } from './engine.ts'
import { configOf } from './podvault/config.ts'
import { agentFolder, usesOf } from './podvault/entries.ts'
import { neededOfApp, tokenOf } from './podvault/token.ts'

/** podvault's own agent in the place of Vault Agent. */
export const podvaultEngine = (wish: Wish, isNative: boolean): Engineered => {
  const { settings, read, pod, mixed } = wish
  const token = tokenOf(wish)
  const { ids, problems } = identityOf(wish, 'podvault')
  const spec: AgentSpec = {
    image: settings.image,
    config: encodeConfig(configOf(wish, token, modeOf(wish, ids))),
    fields: usesOf(wish).readsEnv,
    ids,
    resources: resourcesFor(read, 'podvault', pod),
    mounts: mountsOf(wish, token),
  }
  const restart = typeof mixed['on-change'] === 'object' && mixed['on-change'].kind === 'restart'
  return {
    volumes: [
      ...secretVolumes(wish),
      memoryVolume(names.stateVolume, '1Mi'),
      ...(token?.added === undefined ? [] : [token.added]),
      ...extraSecret(wish).volumes,
      ...tlsSecret(wish).volumes,
    ],
    init: loginContainer(agentNames.init, spec),
    sidecar: renewContainer(agentNames.sidecar, spec, {
      native: isNative,
      restart,
      metricsPort: mixed['metrics-port'],
    }),
    problems: [...problems, ...takenPorts(pod, mixed['metrics-port'])],
  }
}

const mountsOf = (wish: Wish, token: TokenVolume | undefined): readonly Mount[] => {
  const app = neededOfApp(wish)
  const isNeeded = app !== undefined && app.name !== token?.name
  return withCopied(
    [
      ...secretMounts(wish.folders.map((_, index) => agentFolder(index))),
      { name: names.stateVolume, mountPath: folders.state },
      ...(token === undefined ? [] : [{ name: token.name, mountPath: token.mountPath, readOnly: true }]),
      ...(isNeeded ? [{ name: app.name, mountPath: app.mountPath, readOnly: true }] : []),
      ...extraSecret(wish).mounts,
      ...tlsSecret(wish).mounts,
    ],
    wish,
  )
}
