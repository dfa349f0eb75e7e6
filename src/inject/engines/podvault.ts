import { type AgentConfig, encodeConfig, type Entry, names, type OutputFile } from '../../contract.ts'
import { annotations as native } from '../annotations.ts'
import { type AgentSpec, loginContainer, renewContainer } from '../containers.ts'
import { folders, memoryVolume } from '../volumes.ts'
import { type Checked, checkTemplate } from '../../template/check.ts'
import { takenPorts } from '../checks.ts'
import type { Mount } from '../pod.ts'
import { otherAddresses } from '../policy.ts'
import type { Interval } from '../vault-k8s/go-values.ts'
import { annotations, type Values } from '../vault-k8s/annotations.ts'
import { authOf, certificatesOf, usesAccount } from '../vault-k8s/auth.ts'
import { type DefaultTemplate, delimitersOf, plainOf, templateText } from '../vault-k8s/default-template.ts'
import { identityOf, modeOf } from '../vault-k8s/ids.ts'
import { resourcesFor } from '../vault-k8s/resources.ts'
import type { Secret } from '../vault-k8s/secrets.ts'
import { appTokenVolume, isOrdinary, ownTokenVolume, type TokenVolume } from '../vault-k8s/service-account.ts'
import { extraSecret, secretMounts, secretVolumes, tlsSecret, withCopied } from '../vault-k8s/volumes.ts'
import { agentNames, type Wish } from '../vault-k8s/wish.ts'
import type { Engineered } from './engine.ts'

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

/** In the agent the volumes lie side by side, wherever the app has them: no folder of secrets is inside another. */
const agentFolder = (index: number): string => (index === 0 ? folders.secrets : `/podvault/custom-${index - 1}`)

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

/** Files of the pod that the agent is told to read. */
const filesIn = ({ read }: Wish): readonly string[] => [
  read.values['ca-cert'],
  read.values['client-cert'],
  read.values['client-key'],
  ...read.named('auth-config').values(),
]

/** The app's token volume, where the agent is told to read something that lies beside the token. */
const neededOfApp = (wish: Wish): TokenVolume | undefined => {
  const app = appTokenVolume(wish.pod)
  return app !== undefined && filesIn(wish).some(file => isBelow(file, app)) ? app : undefined
}

const isBelow = (file: string, { mountPath }: TokenVolume): boolean => file.startsWith(`${mountPath}/`)

/** The pod's own choice, or a token that somebody made for Vault; else one for podvault alone. None where no login needs it. */
const tokenOf = (wish: Wish): TokenVolume | undefined => {
  if (!usesAccount(wish.read)) return undefined
  if (wish.tokenVolume !== undefined) return wish.tokenVolume
  const app = appTokenVolume(wish.pod)
  if (app !== undefined && !isOrdinary(app)) return app
  // Where the app's token is mounted as well, it has that place.
  return ownTokenVolume(neededOfApp(wish) === undefined ? folders.token : '/podvault/token')
}

const configOf = (wish: Wish, token: TokenVolume | undefined, mode: number): AgentConfig => {
  const { read, mixed } = wish
  const { values } = read
  const onChange = mixed['on-change']
  return {
    version: 1,
    vault: vaultOf(wish),
    auth: authOf(read, token === undefined ? '' : `${token.mountPath}/${token.path}`),
    files: [{ name: 'secrets', entries: entriesOf(wish) }],
    mounted: [],
    env: 'none',
    ...(values['agent-inject-token'] && { token: 'file' as const }),
    folders: { secrets: folders.secrets, state: folders.state },
    mode,
    refresh: refreshOf(values['template-static-secret-render-interval']),
    renewAt: mixed['renew-at'] ?? (threshold(values) || Number(native['renew-at'].usual)),
    revoke: values['agent-revoke-on-shutdown'],
    loginTimeout: mixed['login-timeout'] ?? Number(native['login-timeout'].usual),
    ...(onChange !== undefined && onChange !== 'none' && { onChange }),
    ...(usesOf(wish).writes && {
      paths: Object.fromEntries(wish.folders.map((path, index) => [path, agentFolder(index)])),
    }),
    ...(typeof mixed['metrics-port'] === 'number' && { metricsPort: mixed['metrics-port'] }),
    ...(mixed['instant-updates'] === true && { instantUpdates: true }),
  }
}

const vaultOf = ({ address, settings, read }: Wish): AgentConfig['vault'] => {
  const { values } = read
  const certificates = certificatesOf(read)
  const redirects = otherAddresses(address, settings)
  const timeout = values['client-timeout']
  return {
    address,
    ...(values.namespace !== '' && { namespace: values.namespace }),
    ...(certificates.caFile === undefined && settings.ca !== undefined && { ca: settings.ca }),
    ...certificates,
    ...(values['tls-server-name'] !== '' && { tlsServerName: values['tls-server-name'] }),
    ...(values['tls-skip-verify'] && { tlsSkipVerify: true }),
    ...(redirects.length > 0 && { redirects }),
    ...(timeout !== 'none' && timeout.seconds > 0 && { timeout: Math.max(1, timeout.seconds) }),
  }
}

/** One read for each path, whatever is made of it; templates ask for themselves. */
const entriesOf = (wish: Wish): readonly Entry[] => {
  const fallback = wish.read.values['agent-inject-default-template']
  const plain = wish.secrets.flatMap(secret => {
    const found = plainOf(secret, fallback)
    return found === undefined ? [] : [{ ...found, file: fileOf(wish, secret, { format: found.format }) }]
  })
  const templates = wish.secrets
    .filter(secret => plainOf(secret, fallback) === undefined)
    .map(secret => fileOf(wish, secret, templateOf(secret, fallback)))
  const entries = Array.from(
    Map.groupBy(plain, ({ path }) => path),
    ([path, files]) => ({
      path,
      ...(files[0]?.kv !== undefined && { kv: files[0].kv }),
      env: [],
      files: files.map(({ file }) => file),
    }),
  )
  return templates.length === 0 ? entries : [...entries, { env: [], files: templates }]
}

type Form = Omit<OutputFile, 'name' | 'mode' | 'folder'>

const templateOf = (secret: Secret, fallback: DefaultTemplate): Form => {
  const { templateFile, errorOnMissingKey } = secret
  const { left, right } = delimitersOf(secret)
  const text = templateText(secret, fallback)
  return {
    format: 'template',
    ...(text === undefined ? { templateFile } : { template: text }),
    ...((left !== '{{' || right !== '}}') && { delimiters: [left, right] }),
    ...(!errorOnMissingKey && { lenient: true }),
  }
}

/** Whether a template reads its environment, or writes files of its own; what stands in a file may do anything. */
const usesOf = ({ secrets, read }: Wish): Pick<Checked, 'readsEnv' | 'writes'> => {
  const uses = secrets.flatMap(secret => {
    const text = templateText(secret, read.values['agent-inject-default-template'])
    if (text === undefined) return secret.templateFile === '' ? [] : [{ readsEnv: true, writes: true }]
    return /env|writeToFile/i.test(text) ? [checkTemplate(text, delimitersOf(secret))] : []
  })
  return { readsEnv: uses.some(({ readsEnv }) => readsEnv), writes: uses.some(({ writes }) => writes) }
}

const fileOf = ({ folders: all }: Wish, secret: Secret, form: Form): OutputFile => {
  const mode = annotations['agent-inject-perms'].kind.read(secret.perms)
  const index = all.indexOf(secret.folder)
  return {
    name: secret.file ?? secret.key,
    ...form,
    ...(typeof mode === 'number' && { mode }),
    ...(index > 0 && { folder: agentFolder(index) }),
  }
}

/** Vault Agent's own, which is also what it takes 0 for. */
const usualRefresh = 300

const refreshOf = (interval: Interval | 'none'): number =>
  interval === 'none' || interval.seconds === 0 ? usualRefresh : Math.max(1, Math.round(interval.seconds))

const threshold = (values: Values): number => {
  const share = values['template-lease-renewal-threshold']
  return share === 0 ? 0 : Math.max(0.01, share)
}
