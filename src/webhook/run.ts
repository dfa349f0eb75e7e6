import { once } from 'node:events'
import type { Command, Io } from '../command.ts'
import type { Settings } from '../inject/settings.ts'
import { serviceAccountPath } from '../inject/wiring.ts'
import { createLog, type Log } from '../log.ts'
import { version } from '../version.ts'
import { type ApiServer, apiServerIn } from './api-server.ts'
import { certificateSource } from './certificate-source.ts'
import { assumedVersion, learnVersion } from './cluster.ts'
import type { WebhookConfig } from './config.ts'
import { configSource } from './config-source.ts'
import { createConfigMapStore } from './configmap-store.ts'
import { createRecorder } from './events.ts'
import { commandLine, parseFlags, settingFlags, withSettings } from './flags.ts'
import { createGate } from './gate.ts'
import { createInformer } from './informer.ts'
import type { Kept } from './keep.ts'
import { keepCertificate } from './keep-certificate.ts'
import { liveSettings } from './keep-settings.ts'
import { drain, listen } from './listen.ts'
import { createMetrics, type Metrics, metricsServer } from './metrics.ts'
import { createObserver } from './observe.ts'
import { createLoad } from './overload.ts'
import { readinessOf } from './readiness.ts'
import { createWebhookServer } from './server.ts'
import { type SettingName, serverSettings } from './server-settings.ts'
import type { Listen } from './setting-kinds.ts'

/**
 * `podvault webhook`: serves until it is told to stop, then ends without losing a request.
 * @param folder of the service account, in a cluster
 * @param now the time by this machine's clock
 */
export const webhookAs =
  (folder: string, now = (): Date => new Date()): Command =>
  async (io, args) => {
    const command = commandLine(
      io,
      'webhook',
      'Serves the admission webhook. Outside a cluster it makes its own certificate and just works.',
      'podvault webhook --listen 127.0.0.1:9443 --vault-address http://127.0.0.1:8200',
    )
    const flags = parseFlags(withSettings(command, Object.keys(serverSettings) as readonly SettingName[]), args)
    if (flags === undefined) return 0
    await serve(configSource(settingFlags(flags), io.env), io, createLog(io.stdout), { folder, now })
    return 0
  }

export const webhook = webhookAs(serviceAccountPath)

/** Requests under way at once, and the bytes of their bodies: text takes up to twice as many in a heap of 128 MiB. */
const limits = { requests: 1000, bytes: 16 * 1024 * 1024 }

/** Milliseconds; together less than the 30 s after which the kubelet kills. */
const patience = { idle: 2000, busy: 10_000 }

/** Milliseconds between two looks at the files that others may replace. */
const fileCheck = 5000

/** Milliseconds that only ever grow. */
const clock = (): number => performance.now()

type Machine = { readonly folder: string; readonly now: () => Date }

const serve = async (configs: Kept<WebhookConfig>, io: Io, log: Log, machine: Machine): Promise<void> => {
  const { stop } = io
  const config = configs.current()
  const { minVersion } = config
  const { folder, now } = machine
  const api = apiServerIn(io.env, folder, now)
  const kubernetes = await kubernetesVersion(config, api, { log, stop })
  if (kubernetes === undefined) return
  const keeping = { every: fileCheck, stop }
  const source = certificateSource(config, { api, log, keeping, clock, ...machine })
  const [load, store] = [createLoad(limits), createConfigMapStore()]
  const metrics = createMetrics({
    inFlight: load.requests,
    isReady: () => !stop.aborted && readiness().missing.length === 0,
    certificateExpiry: () => source.current().notAfter,
    certificate: source.status,
    configMaps: store.size,
    watch: () => informer?.status(),
  })
  const informer = api && createInformer({ api, store, log, stop, now, random: Math.random, leftOut: metrics.leftOut })
  const gateParts = { api, log, keeping, clock, count: metrics.called }
  const gate = config.clientAuth && (await createGate(config.clientAuth, gateParts))
  const readiness = () => readinessOf(informer?.status(), source.status().untrusted, gate?.missing())
  const spans = await spansTo(config.tracesEndpoint, log)
  const settings = liveSettings(configs, { kubernetes, configMap: store.lookup }, log, metrics.reloaded)
  const server = await createWebhookServer({
    settings: settings.current,
    certificate: source.current(),
    minVersion,
    gate,
    log,
    metrics,
    observe: createObserver({ log, metrics, trace: spans?.trace }),
    load,
    clock,
    draining: () => stop.aborted,
    readiness,
    tell: api && createRecorder({ api, log, now, count: metrics.event }),
  })
  await using metricsAt = await serveMetrics(metrics, config.metricsListen)
  const address = await listen(server, config.listen)
  const { notAfter } = source.current()
  log.info({ version, address, metrics: metricsAt.address, notAfter, caBundle: source.caBundle }, 'listening')
  const certificateKept = keepCertificate(source, server, log, { ...keeping, minVersion, callers: gate?.authority })
  const kept = Promise.all([certificateKept, settings.run(keeping), informer?.run(), gate?.run()])
  await Promise.race([kept, ended(stop)])
  log.info('told to stop: not ready any more, finishing what is under way')
  // The API server may take its time to hear that we lead no more.
  await Promise.all([drain(server, patience), kept])
  await spans?.end()
  log.info('ended')
}

/** A library of its own, for those who want spans. */
const spansTo = async (endpoint: string | undefined, log: Log) => {
  if (endpoint === undefined) return undefined
  const { createSpans } = await import('./spans.ts')
  return createSpans(endpoint, log)
}

const ended = async (stop: AbortSignal): Promise<unknown> => stop.aborted || once(stop, 'abort')

const serveMetrics = async ({ registry }: Metrics, at: Listen | undefined) => {
  if (at === undefined) return { address: undefined, [Symbol.asyncDispose]: async () => undefined }
  const server = metricsServer(registry)
  return { address: await listen(server, at), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const kubernetesVersion = async (
  config: WebhookConfig,
  api: ApiServer | undefined,
  { log, stop }: { readonly log: Log; readonly stop: AbortSignal },
): Promise<Settings['kubernetes'] | undefined> => {
  if (config.kubernetesVersion !== undefined) return config.kubernetesVersion
  if (api !== undefined) return learnVersion(api, { log, stop, random: Math.random })
  const { major, minor } = assumedVersion
  log.info(`no cluster around, and no --kubernetes-version: Kubernetes ${major}.${minor} is assumed`)
  return assumedVersion
}
