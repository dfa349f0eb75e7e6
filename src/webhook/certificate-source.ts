import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Log } from '../log.ts'
import { createAlarm } from './alarm.ts'
import type { ApiServer } from './api-server.ts'
import { type CertificateSource, fileCertificate, keptCertificate, memoryCertificate } from './certificate.ts'
import { namespaceIn } from './cluster.ts'
import type { WebhookConfig } from './config.ts'
import type { Keeping } from './keep.ts'
import { webhookHosts } from './make-certificates.ts'
import { managedCertificate } from './managed-certificate.ts'
import { registeredCertificate } from './registered-certificate.ts'
import { verifiedCertificate } from './verified-certificate.ts'

export type SourceParts = {
  /** Undefined outside of a cluster. */
  readonly api: ApiServer | undefined
  /** Of the service account. */
  readonly folder: string
  readonly log: Log
  readonly keeping: Keeping
  readonly now: () => Date
  /** Milliseconds that only ever grow. */
  readonly clock: () => number
}

/** Milliseconds between two looks at what others have changed: they may change it as fast as we put it back. */
const least = 250

/** Files where they are given; in a cluster an authority shared by all replicas, or one of this process; outside, that is all. */
export const certificateSource = (
  { certificateFiles, caSecret, configuration, lives, listen: { host } }: WebhookConfig,
  { api, folder, log, keeping, now, clock }: SourceParts,
): CertificateSource => {
  const { stop } = keeping
  const alarm = createAlarm(stop, clock, least)
  if (certificateFiles !== undefined) {
    const files = keptCertificate(fileCertificate(certificateFiles), keeping, message => log.error(message))
    return api === undefined ? files : verifiedCertificate(files, { api, configuration, log, stop, alarm })
  }
  const namespace = namespaceIn(folder)
  const hosts = webhookHosts(namespace, host === undefined ? [] : [host])
  if (api === undefined) return memoryCertificate(hosts, now())
  if (caSecret === undefined)
    return registeredCertificate({
      api,
      configuration,
      hosts,
      lives,
      keeping,
      now,
      complain: message => log.warn(message),
    })
  return managedCertificate({
    api,
    names: { namespace, secret: caSecret, configuration },
    lives,
    hosts,
    me: `${hostname()}_${randomBytes(4).toString('hex')}`,
    log,
    stop,
    clock,
    alarm,
    random: Math.random,
  })
}
