import { memoryVolume } from '../../volumes.ts'
import { securityContext } from '../../containers.ts'
import type { Mount, Pod, Volume } from '../../pod.ts'
import { identityOf } from '../../vault-k8s/ids.ts'
import { resourcesFor } from '../../vault-k8s/resources.ts'
import { agentTokenVolume, awsPath, type TokenVolume } from '../../vault-k8s/service-account.ts'
import { extraSecret, secretMounts, secretVolumes, tlsSecret, withCopied } from '../../vault-k8s/volumes.ts'
import { agentNames, type Wish } from '../../vault-k8s/wish.ts'
import type { Engineered } from '../engine.ts'
import { cachePath, home, keepsCache } from './config.ts'
import { agentEnv } from './env.ts'
import { patched } from './json-patch.ts'
import { lifecycleOf } from './lifecycle.ts'

/** HashiCorp's Vault Agent, as vault-k8s would inject it. */
export const vaultAgentEngine = (wish: Wish, isNative: boolean): Engineered => {
  const { read, pod } = wish
  const { values } = read
  const token = agentTokenVolume(pod, wish.tokenVolume)
  const { ids, problems } = identityOf(wish, 'vault-agent')
  const common = {
    image: imageOf(wish),
    resources: resourcesFor(read, 'vault-agent', pod),
    command: ['/bin/sh', '-ec'],
    // As the app's, that is root, where nobody sets it; vault-k8s sets nothing at all then.
    ...(ids !== undefined && { securityContext: securityContext(ids) }),
  }
  const init = patched('agent-init-json-patch', values['agent-init-json-patch'], {
    name: agentNames.init,
    ...common,
    env: agentEnv(wish, token, true),
    volumeMounts: mountsOf(wish, token, true),
    args: [script(wish, 'config-init.hcl')],
  })
  const sidecar = patched('agent-json-patch', values['agent-json-patch'], {
    name: agentNames.sidecar,
    ...common,
    env: agentEnv(wish, token, false),
    volumeMounts: mountsOf(wish, token, false),
    lifecycle: lifecycleOf(wish),
    args: [script(wish, 'config.hcl')],
  })
  return {
    volumes: volumesOf(wish, token),
    init: init.container,
    sidecar: isNative ? { restartPolicy: 'Always', ...sidecar.container } : sidecar.container,
    problems: [...problems, ...init.problems, ...sidecar.problems],
  }
}

/** A pod that names podvault's own image means none that could run Vault Agent. */
const imageOf = ({ read, settings }: Wish): string => {
  const image = read.values['agent-image']
  return image === '' || image === settings.image ? settings.vaultImage : image
}

/** `exec`: with some shells SIGTERM would not reach the agent. */
const script = ({ read }: Wish, file: string): string =>
  read.values['agent-configmap'] === ''
    ? `echo \${VAULT_CONFIG?} | base64 -d > ${home}/config.json && exec vault agent -config=${home}/config.json`
    : `touch ${home}/.vault-token && exec vault agent -config=${configPath}/${file}`

const configPath = '/vault/configs'

const volumesOf = (wish: Wish, token: TokenVolume): readonly Volume[] => {
  const { values } = wish.read
  const configMap = values['agent-configmap']
  return [
    ...(values['agent-pre-populate'] ? [memoryVolume('home-init', homeLimit)] : []),
    ...(values['agent-pre-populate-only'] ? [] : [memoryVolume('home-sidecar', homeLimit)]),
    ...secretVolumes(wish),
    ...(configMap === '' ? [] : [{ name: 'vault-config', configMap: { name: configMap } }]),
    ...extraSecret(wish).volumes,
    ...tlsSecret(wish).volumes,
    ...(keepsCache(wish) ? [memoryVolume('vault-agent-cache', cacheLimit)] : []),
    ...(token.added === undefined ? [] : [token.added]),
  ]
}

/** Room for a configuration and a token, and for every lease that a cache may hold. */
const [homeLimit, cacheLimit] = ['8Mi', '64Mi']

const mountsOf = (wish: Wish, token: TokenVolume, isInit: boolean): readonly Mount[] => {
  const { read, pod, folders } = wish
  const own: Mount = { name: isInit ? 'home-init' : 'home-sidecar', mountPath: home }
  const account: Mount = { name: token.name, mountPath: token.mountPath, readOnly: true }
  const before = [
    ...(isInit ? [own, account] : [account, own]),
    ...(read.values['auth-type'] === 'aws' ? awsToken(pod) : []),
    ...secretMounts(folders),
    ...extraSecret(wish).mounts,
  ]
  const behind: readonly Mount[] = [
    ...(read.values['agent-configmap'] === '' ? [] : [{ name: 'vault-config', mountPath: configPath, readOnly: true }]),
    ...tlsSecret(wish).mounts,
    ...(keepsCache(wish) ? [{ name: 'vault-agent-cache', mountPath: cachePath }] : []),
  ]
  return [...withCopied(before, wish), ...behind]
}

/** The token of an AWS role, which EKS mounts into the app. */
const awsToken = (pod: Pod): readonly Mount[] =>
  (pod.spec?.containers ?? [])
    .flatMap(({ volumeMounts = [] }) => volumeMounts)
    .filter(({ mountPath }) => mountPath.includes(awsPath))
    .slice(0, 1)
    .map(({ name, mountPath }) => ({ name, mountPath, readOnly: true }))
