import process from 'node:process'
import { Gauge, type Registry } from 'prom-client'
import type { CertificateStatus } from './certificate.ts'
import type { WatchStatus } from './informer.ts'

/** What the numbers are read from when somebody asks. */
export type Gauges = {
  readonly inFlight: () => number
  /** Whether `/readyz` says so. */
  readonly isReady: () => boolean
  readonly certificateExpiry: () => Date
  readonly certificate: () => CertificateStatus
  readonly configMaps: () => number
  /** Undefined where nothing is watched. */
  readonly watch: () => WatchStatus | undefined
}

/** Seconds since 1970; 0 for what has not been. */
const secondsOf = (time: Date | undefined): number => (time?.getTime() ?? 0) / 1000

const oneIf = (holds: boolean | undefined): number => (holds === true ? 1 : 0)

const tableOf = (gauges: Gauges): Readonly<Record<string, readonly [help: string, value: () => number]>> => {
  const { inFlight, isReady, certificateExpiry, certificate, configMaps, watch } = gauges
  return {
    podvault_requests_in_flight: ['Requests being received or answered.', inFlight],
    podvault_ready: ['1 while /readyz says so, which also says what is missing.', () => oneIf(isReady())],
    podvault_certificate_expiry_timestamp_seconds: [
      'When the serving certificate ends, in seconds since 1970.',
      () => secondsOf(certificateExpiry()),
    ],
    podvault_certificate_trusted: [
      '1 while the caBundle that the API server has fits the serving certificate, as far as podvault knows.',
      () => oneIf(certificate().untrusted === undefined),
    ],
    podvault_ca_expiry_timestamp_seconds: [
      'When the authority of podvault itself ends, in seconds since 1970. 0: it has none.',
      () => secondsOf(certificate().authority?.notAfter),
    ],
    podvault_leader: [
      '1 for the replica that keeps the authority and the caBundles.',
      () => oneIf(certificate().authority?.isLeader),
    ],
    podvault_leader_known: [
      '1 while this replica sees one that leads, itself or another.',
      () => oneIf(certificate().authority?.hasLeader),
    ],
    podvault_configmaps: ['ConfigMaps with secrets files that are known.', configMaps],
    podvault_configmap_watch_up: [
      '1 while the ConfigMaps with secrets files are watched.',
      () => oneIf(watch()?.state === 'watching'),
    ],
    podvault_configmap_watch_last_event_timestamp_seconds: [
      'When the API server last said something about them, in seconds since 1970; it does every minute. 0: never.',
      () => secondsOf(watch()?.heardAt),
    ],
    process_resident_memory_bytes: ['Memory of the webhook.', () => process.memoryUsage.rss()],
    process_start_time_seconds: [
      'When the webhook started, in seconds since 1970.',
      () => performance.timeOrigin / 1000,
    ],
  }
}

export const addGauges = (gauges: Gauges, registry: Registry): void => {
  for (const [name, [help, value]] of Object.entries(tableOf(gauges))) {
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(value())
      },
    })
    registry.registerMetric(gauge)
  }
}
