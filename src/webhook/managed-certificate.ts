import { sentence } from '../errors.ts'
import { backoff } from '../vault/retry.ts'
import { act, type Actor } from './act.ts'
import type { Alarm } from './alarm.ts'
import { ApiError } from './api-server.ts'
import { type Certificate, type CertificateSource, memoryCertificate } from './certificate.ts'
import { cut } from './cut.ts'
import { leasePeriod } from './election.ts'
import { isTrusted, type Leaf, leafProblem, nextLeaf } from './leaf.ts'
import { createLeadership } from './leadership.ts'
import { makeLeaf } from './make-certificates.ts'
import { see, watchRegistration } from './objects.ts'
import { type RegistrationKind, registrationKinds } from './registration.ts'
import { settle, type Settling } from './settle.ts'
import { type Seen, tend, trustOf } from './tend.ts'
import { lifeOf, type Trust } from './trust.ts'

export type ManagedParts = Actor & {
  /** Under these it is called, beside those that the registrations say. */
  readonly hosts: readonly string[]
  readonly stop: AbortSignal
  /** Between two rounds. */
  readonly alarm: Alarm
  /** Milliseconds that only ever grow. */
  readonly clock: () => number
  /** At least 0, below 1. */
  readonly random: () => number
}

/** Milliseconds between two attempts while the API server is away. */
const longest = 10_000

/**
 * Certificates that need nobody: one authority for all replicas in a Secret, a leaf for each in its memory. What is to be
 * done follows anew in each round from what the API server has; nothing of it needs to be remembered.
 */
export const managedCertificate = (parts: ManagedParts): CertificateSource => {
  const { api, names, lives, hosts, log, stop, clock, random, alarm } = parts
  const leadership = createLeadership(parts)
  // Something must be shown to the kubelet's probes before there is an authority.
  let shown: Certificate = memoryCertificate(hosts, api.now()).current()
  let seen: Seen = { secret: undefined, registrations: [] }
  let trust: Trust | string = 'none was found yet'
  let leaf: Leaf | undefined
  let settling: Settling
  let problem: string | undefined = 'the API server has not answered yet'
  let failures = 0

  const now = (): number => api.now().getTime()
  const situation = () => ({ trust, registrations: seen.registrations, leaf, now: now() })

  /** @returns milliseconds until the next round, if nothing calls for one before */
  const look = async (): Promise<number> => {
    const [isLeader, found] = await Promise.all([leadership.lead(), see(api, names)])
    if (isShown(seen) && !isShown(found))
      log.warn('somebody has taken the authority of this certificate out of a caBundle; the leader puts it back')
    seen = found
    trust = trustOf(seen)
    const actions = isLeader ? tend(seen, now(), lives) : []
    for (const action of actions) await act(action, parts, seen)
    if (failures > 0) log.info('the certificates are looked after again')
    ;[problem, failures] = [undefined, 0]
    return actions.length > 0 ? 0 : leasePeriod
  }
  const isShown = ({ registrations }: Seen): boolean => leaf !== undefined && isTrusted(leaf.authority, registrations)

  const fail = (error: unknown): number => {
    // Somebody was faster: what there is to do now is for the next round to say.
    if (error instanceof ApiError && error.status === 409) return 0
    const message = cut(sentence(error), 500)
    if (message !== problem) log.warn(`the certificates cannot be looked after at the moment: ${message}`)
    problem = message
    failures += 1
    return backoff({ failures, random: random(), longest })
  }
  const renew = (show: (certificate: Certificate) => void): void => {
    settling = settle(settling, situation(), clock())
    const wish = nextLeaf({ ...situation(), hosts, isSettled: settling?.left === 0 })
    if (wish === undefined) return
    const pair = makeLeaf(wish.authority, wish.hosts, api.now(), lives.leaf)
    leaf = { ...pair, authority: wish.authority.cert, hosts: wish.hosts }
    shown = { ...pair, notAfter: new Date(lifeOf(pair.cert).notAfter) }
    show(shown)
  }
  const watched = new Set<RegistrationKind>()
  /** A watch is for speed only: whoever misses a change finds it in the next round. */
  const watch = async (kind: RegistrationKind): Promise<void> => {
    if (watched.has(kind)) return
    watched.add(kind)
    const ended = watchRegistration(api, kind, names.configuration, stop, alarm.call)
    await ended.then(alarm.call, () => undefined).finally(() => watched.delete(kind))
  }
  const run = async (show: (certificate: Certificate) => void): Promise<void> => {
    while (!stop.aborted) {
      for (const kind of registrationKinds) void watch(kind)
      const wait = await look().catch(fail)
      renew(show)
      await alarm.sleep(Math.min(wait, settling?.left || wait))
    }
    await leadership.stepDown()
  }
  return {
    current: () => shown,
    run,
    status: () => ({
      untrusted: leafProblem(situation(), names.configuration, problem),
      authority: {
        notAfter: expiryOf(trust),
        isLeader: leadership.isLeader(),
        hasLeader: leadership.hasLeader(),
      },
    }),
  }
}

const expiryOf = (trust: Trust | string): Date | undefined =>
  typeof trust === 'string' ? undefined : new Date(lifeOf(trust.current.cert).notAfter)
