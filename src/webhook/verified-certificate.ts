import { sentence } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Alarm } from './alarm.ts'
import type { ApiServer } from './api-server.ts'
import type { CertificateSource } from './certificate.ts'
import { cut } from './cut.ts'
import type { Pair } from './make-certificates.ts'
import { seeRegistrations } from './objects.ts'
import type { Registration } from './registration.ts'
import { verify } from './verify.ts'

export type VerifiedParts = {
  readonly api: ApiServer
  /** Name of both registrations. */
  readonly configuration: string
  readonly log: Log
  readonly stop: AbortSignal
  /** Between two looks. */
  readonly alarm: Alarm
}

/** Milliseconds. */
const period = 5000

/**
 * A certificate that others bring, and what the API server makes of it: they have to write the caBundle, too. Where there
 * is none, the API server trusts what its machine trusts, which only that machine knows.
 */
export const verifiedCertificate = (source: CertificateSource, parts: VerifiedParts): CertificateSource => {
  const { api, configuration, log, stop, alarm } = parts
  let untrusted: string | undefined
  let complaint: string | undefined
  let verified = ''
  const look = async (): Promise<void> => {
    const registrations = await seeRegistrations(api, configuration)
    complaint = undefined
    // Once in an hour also where nothing has changed: certificates end.
    const hour = api.now().toISOString().slice(0, 13)
    const what = JSON.stringify([hour, source.current().cert, registrations])
    if (what === verified) return
    const problem = await problemOf(source.current(), registrations, configuration)
    if (problem !== undefined && problem !== untrusted) log.warn(problem)
    ;[untrusted, verified] = [problem, what]
  }
  const complain = (error: unknown): void => {
    const message = cut(sentence(error), 500)
    if (message !== complaint) log.warn(`whether the API server trusts the certificate is not known: ${message}`)
    complaint = message
  }
  const follow = async (): Promise<void> => {
    while (!stop.aborted) {
      await look().catch(complain)
      await alarm.sleep(period)
    }
  }
  return {
    ...source,
    run: async show => {
      const shown = source.run(certificate => {
        show(certificate)
        alarm.call()
      })
      await Promise.all([shown, follow()])
    },
    status: () => ({ untrusted }),
  }
}

const problemOf = async (
  pair: Pair,
  registrations: readonly Registration[],
  configuration: string,
): Promise<string | undefined> => {
  for (const { kind, isInjected, webhooks } of registrations)
    for (const { caBundle, host } of webhooks) {
      if (caBundle === '' && !isInjected) continue
      const why = caBundle === '' ? 'cert-manager has not written it yet' : await verify(pair, caBundle, host)
      if (why !== undefined) return `the caBundle of ${kind} ${configuration} does not fit the certificate: ${why}`
    }
  return undefined
}
