import type { Command, Io } from '../command.ts'
import type { Settings } from '../inject/settings.ts'
import { serviceAccountPath } from '../inject/wiring.ts'
import { createLog, type Log } from '../log.ts'
import { version } from '../version.ts'
import { type CertificateSource, fileCertificate, memoryCertificate } from './certificate.ts'
import { readConfig, type WebhookConfig } from './config.ts'
import { commandLine, parseFlags, settingFlags, withSettings } from './flags.ts'
import { keepCertificate } from './keep-certificate.ts'
import { askVersion, assumedVersion, namespaceIn } from './cluster.ts'
import { drain, listen } from './listen.ts'
import { webhookHosts } from './make-certificates.ts'
import { createMetrics, type Metrics, metricsServer } from './metrics.ts'
import { createLoad } from './overload.ts'
import { createWebhookServer } from './server.ts'
import { type Listen, type SettingName, serverSettings } from './server-settings.ts'

/** `podvault webhook`: serves until it is told to stop, then ends without losing a request. */
export const webhook: Command = async (io, args) => {
  const command = commandLine(
    io,
    'webhook',
    'Serves the mutating admission webhook. Outside a cluster it makes its own certificate and just works.',
    'podvault webhook --listen 127.0.0.1:9443 --vault-address http://127.0.0.1:8200',
  )
  const flags = parseFlags(withSettings(command, Object.keys(serverSettings) as readonly SettingName[]), args)
  if (flags === undefined) return 0
  await serve(readConfig(settingFlags(flags), io.env), io, createLog(io.stdout))
  return 0
}

/** Requests under way at once, and the bytes of their bodies. */
const limits = { requests: 1000, bytes: 64 * 1024 * 1024 }

/** Milliseconds; together less than the 30 s after which the kubelet kills. */
const patience = { idle: 2000, busy: 10_000 }

/** Milliseconds between two looks at the certificate's files. */
const certificateCheck = 10_000

const serve = async (config: WebhookConfig, io: Io, log: Log): Promise<void> => {
  const { minVersion } = config
  const settings = { ...config.settings, kubernetes: await kubernetesVersion(config, io, log) }
  const source = await certificateSource(config)
  const load = createLoad(limits)
  const metrics = createMetrics({ inFlight: load.requests, certificateExpiry: () => source.current().notAfter })
  const parts = { settings, certificate: source.current(), minVersion, log, metrics, load }
  const server = await createWebhookServer({ ...parts, draining: () => io.stop.aborted })
  await using metricsAt = await serveMetrics(metrics, config.metricsListen)
  const address = await listen(server, config.listen)
  const { notAfter } = source.current()
  log.info({ version, address, metrics: metricsAt.address, notAfter, caBundle: source.caBundle }, 'listening')
  await keepCertificate(source, server, log, { every: certificateCheck, minVersion, stop: io.stop })
  log.info('told to stop: not ready any more, finishing what is under way')
  await drain(server, patience)
  log.info('ended')
}

const serveMetrics = async ({ registry }: Metrics, at: Listen | undefined) => {
  if (at === undefined) return { address: undefined, [Symbol.asyncDispose]: async () => undefined }
  const server = metricsServer(registry)
  return { address: await listen(server, at), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const kubernetesVersion = async (config: WebhookConfig, { env }: Io, log: Log): Promise<Settings['kubernetes']> => {
  const known = config.kubernetesVersion ?? (await askVersion(env, serviceAccountPath))
  if (known !== undefined) return known
  const { major, minor } = assumedVersion
  log.info(`no cluster around, and no --kubernetes-version: Kubernetes ${major}.${minor} is assumed`)
  return assumedVersion
}

const certificateSource = async ({ certificateFiles, listen: { host } }: WebhookConfig): Promise<CertificateSource> =>
  certificateFiles === undefined
    ? memoryCertificate(webhookHosts(namespaceIn(serviceAccountPath), host === undefined ? [] : [host]), new Date())
    : fileCertificate(certificateFiles)
