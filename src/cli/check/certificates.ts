// PURE: what the API server believes, and what the replicas show.
import { X509Certificate } from 'node:crypto'
import { sentence } from '../../errors.ts'
import { certificatesIn, readCertificates } from '../../webhook/pem.ts'
import type { Bundle } from './registrations.ts'
import { found, type Finding, type Level, ok } from './table.ts'
import type { Fact } from '../facts.ts'

const day = 86_400_000

/** @param now milliseconds since 1970, both */
export const left = (end: number, now: number): string => {
  const hours = Math.floor((end - now) / 3_600_000)
  if (hours < 0) return `ended ${new Date(end).toISOString().slice(0, 10)}`
  return hours < 48 ? `${hours} h left` : `${Math.floor(hours / 24)} days left`
}

/**
 * @param home namespace of the webhook that is looked at; there may be others
 * @param authority what must be in its caBundles, in PEM
 * @param now milliseconds since 1970
 */
export const bundleFindings = (
  bundles: readonly Bundle[],
  home: string,
  authority: Fact<string>,
  now: number,
): readonly Finding[] => [
  ...bundles.map(bundle =>
    bundleFinding(bundle, 'value' in authority && bundle.namespace === home ? authority.value : '', now),
  ),
  ...('lack' in authority && bundles.length > 0
    ? [
        found(
          'ca-bundle',
          'unknown',
          `whether it holds the authority in use: ${authority.lack}`,
          'the check dry-run tells',
        ),
      ]
    : []),
]

const bundleFinding = ({ name, caBundle }: Bundle, authority: string, now: number): Finding => {
  if (caBundle === undefined || caBundle === '')
    return found('ca-bundle', 'warning', `${name} has none: the API server believes what its machine believes`)
  const certificates = parsed(Buffer.from(caBundle, 'base64').toString())
  if (typeof certificates === 'string') return found('ca-bundle', 'failure', `that of ${name}: ${certificates}`)
  const ends = Math.max(...certificates.map(({ validToDate }) => validToDate.getTime()))
  const time = left(ends, now)
  if (ends <= now) return found('ca-bundle', 'failure', `that of ${name} has ended: ${time}`)
  const wanted = certificatesIn(authority).map(pem => new X509Certificate(pem))
  const holds = (certificate: X509Certificate) =>
    certificates.some(each => each.fingerprint256 === certificate.fingerprint256 || certificate.checkIssued(each))
  if (!wanted.every(holds))
    return found(
      'ca-bundle',
      'failure',
      `that of ${name} does not hold the authority in use: the API server does not believe the webhook`,
    )
  const words = `that of ${name} holds ${wanted.length > 0 ? 'the authority in use' : `${certificates.length} certificates`}, ${time}`
  return ends - now < 14 * day ? found('ca-bundle', 'warning', words) : ok('ca-bundle', words)
}

const parsed = (pem: string): readonly X509Certificate[] | string => {
  try {
    return certificatesIn(readCertificates(pem)).map(each => new X509Certificate(each))
  } catch (error) {
    return sentence(error)
  }
}

/** Values of a replica's metrics, by name; of those with labels the first. */
export const valuesIn = (metrics: string): ReadonlyMap<string, number> =>
  new Map(
    [...metrics.matchAll(/^(podvault_\w+)(?:\{[^}]*\})? (\S+)$/gm)]
      .toReversed()
      .map(([, name = '', value]) => [name, Number(value)]),
  )

/** @param replica name of the pod @param now milliseconds since 1970 */
export const certificateFinding = (replica: string, metrics: string, now: number): Finding => {
  const values = valuesIn(metrics)
  const leaf = values.get('podvault_certificate_expiry_timestamp_seconds')
  if (leaf === undefined)
    return found('certificate', 'unknown', `the metrics of ${replica} say nothing of it`, 'see /readyz of the replica')
  const authority = values.get('podvault_ca_expiry_timestamp_seconds')
  const ends = [
    `certificate of ${replica}: ${left(leaf * 1000, now)}`,
    ...(authority === undefined || authority === 0 ? [] : [`its authority: ${left(authority * 1000, now)}`]),
  ].join('; ')
  if (values.get('podvault_certificate_trusted') === 0)
    return found('certificate', 'failure', `the API server does not trust it: ${ends}`)
  const level: Level = leaf * 1000 <= now ? 'failure' : leaf * 1000 - now < day / 4 ? 'warning' : 'ok'
  return level === 'ok' ? ok('certificate', ends) : found('certificate', level, ends)
}
