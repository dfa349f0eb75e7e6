import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { PodvaultError, sentence } from '../errors.ts'
import type { Log } from '../log.ts'
import { createAlarm } from './alarm.ts'
import type { ApiServer } from './api-server.ts'
import { callerOf, type CallerRules } from './caller.ts'
import type { Keeping, Kept } from './keep.ts'
import { readCertificates } from './pem.ts'

/** How callers are authenticated. */
export type ClientAuth = {
  readonly mode: 'warn' | 'require'
  readonly names: readonly string[]
  readonly caFile: string | undefined
  readonly audiences: readonly string[]
}

/** Lets callers through, or not. */
export type Gate = {
  /** The authorities of client certificates, in PEM; undefined where none are asked for. */
  readonly authority: Kept<string> | undefined
  /** Why the caller is sent away; undefined where he is let through. */
  readonly check: (request: IncomingMessage) => Promise<string | undefined>
  /** What it cannot work without, in a sentence. */
  readonly missing: () => string | undefined
  readonly run: () => Promise<void>
}

export type GateParts = {
  /** Undefined outside of a cluster. */
  readonly api: ApiServer | undefined
  readonly log: Log
  readonly keeping: Keeping
  /** Milliseconds that only ever grow. */
  readonly clock: () => number
  readonly count: (isKnown: boolean) => void
}

/** Milliseconds between two lines about callers that nobody knows. */
const quiet = 60_000

/** @throws PodvaultError where callers could never be authenticated so */
export const createGate = async (auth: ClientAuth, { api, log, keeping, clock, count }: GateParts): Promise<Gate> => {
  const { mode, names, caFile, audiences } = auth
  const authority = caFile === undefined ? undefined : keptAuthority(caFile)
  const keys = audiences.length === 0 ? undefined : await tokenKeys(api, audiences, log, keeping.stop, clock)
  const rules: CallerRules = { names, hasAuthority: authority !== undefined, subjectOf: keys?.subjectOf }
  let said = -Infinity
  return {
    authority,
    check: async request => {
      const caller = await callerOf(request, rules)
      count('name' in caller)
      if ('name' in caller) return undefined
      if (clock() - said >= quiet) {
        said = clock()
        const outcome = mode === 'warn' ? 'answered all the same' : 'sent away'
        log.warn({ from: request.socket.remoteAddress }, `a caller that nobody knows was ${outcome}: ${caller.problem}`)
      }
      return mode === 'require' ? `podvault answers only whom it knows: ${caller.problem}` : undefined
    },
    missing: () => {
      const problem = mode === 'require' ? keys?.problem() : undefined
      return problem && `the keys that tokens of callers are verified with: ${problem}`
    },
    run: async () => keys?.run(),
  }
}

const tokenKeys = async (
  api: ApiServer | undefined,
  audiences: readonly string[],
  log: Log,
  stop: AbortSignal,
  clock: () => number,
) => {
  if (api === undefined)
    throw new PodvaultError('usage', '--client-audience needs a cluster, whose keys verify the tokens')
  // Not for those who take no tokens.
  const { createTokenKeys } = await import('./token-keys.ts')
  return createTokenKeys({ api, audiences, log, stop, alarm: createAlarm(stop, clock, 10_000) })
}

const keptAuthority = (file: string): Kept<string> => {
  const read = (): string => {
    try {
      return readCertificates(readFileSync(file, 'utf8'))
    } catch (cause) {
      throw new PodvaultError('failed', `the file of --client-ca-file cannot be used: ${sentence(cause)}`, { cause })
    }
  }
  let current = read()
  return {
    current: () => current,
    renewed: () => {
      const next = read()
      if (next === current) return undefined
      current = next
      return current
    },
  }
}
