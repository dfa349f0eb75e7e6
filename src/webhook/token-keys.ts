import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose'
import { sentence } from '../errors.ts'
import type { Log } from '../log.ts'
import { listOf, objectOf, record, text } from '../shape.ts'
import type { Alarm } from './alarm.ts'
import { type ApiServer, jsonIn } from './api-server.ts'
import { cut } from './cut.ts'

/** What tokens of the cluster are verified with; no request goes out while a pod is admitted. */
export type TokenKeys = {
  /** The subject of a token. @throws Error in words that name nothing of it */
  readonly subjectOf: (token: string) => Promise<string>
  /** Why there are no keys yet; undefined as soon as there are. */
  readonly problem: () => string | undefined
  /** Reads them anew from time to time, until it is told to stop. */
  readonly run: () => Promise<void>
}

export type TokenKeysParts = {
  readonly api: ApiServer
  /** Tokens must be made for one of them. */
  readonly audiences: readonly string[]
  readonly log: Log
  readonly stop: AbortSignal
  /** Between two looks. */
  readonly alarm: Alarm
}

/** Milliseconds between two looks, and after one that failed. */
const period = 5 * 60_000
const again = 10_000

/** As the API server signs: the others are none that it knows, or none at all. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']

type Keys = { readonly issuer: string; readonly find: ReturnType<typeof createLocalJWKSet> }

export const createTokenKeys = ({ api, audiences, log, stop, alarm }: TokenKeysParts): TokenKeys => {
  let keys: Keys | undefined
  let problem: string | undefined = 'they have not been read yet'
  const look = async (): Promise<void> => {
    try {
      keys = await readKeys(api)
      problem = undefined
    } catch (error) {
      const message = cut(sentence(error), 500)
      if (message !== problem) log.warn(`the keys that tokens of callers are verified with cannot be read: ${message}`)
      problem = message
    }
  }
  return {
    problem: () => (keys === undefined ? problem : undefined),
    subjectOf: async token => {
      if (keys === undefined) throw new Error('there is no key to verify it with yet')
      const { issuer, find } = keys
      const options = {
        issuer,
        audience: [...audiences],
        algorithms,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: 10,
        currentDate: api.now(),
      }
      try {
        return String((await jwtVerify(token, find, options)).payload.sub)
      } catch (error) {
        // The key may be newer than our last look.
        if (error instanceof errors.JWKSNoMatchingKey) alarm.call()
        throw error
      }
    },
    run: async () => {
      while (!stop.aborted) {
        await look()
        await alarm.sleep(problem === undefined ? period : again)
      }
    },
  }
}

const discovery = objectOf({ issuer: text })
const keySet = objectOf({ keys: listOf(record) })

/** https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery */
const readKeys = async (api: ApiServer): Promise<Keys> => {
  const read = async (path: string) => jsonIn(await api.ask('GET', path, AbortSignal.timeout(5000)), 1024 * 1024)
  const { issuer } = discovery(await read('/.well-known/openid-configuration'), '')
  const keys = keySet(await read('/openid/v1/jwks'), '')
  return { issuer, find: createLocalJWKSet(keys as unknown as JSONWebKeySet) }
}
