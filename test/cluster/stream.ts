import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import type { Pod } from '../../src/inject/pod.ts'
import { pki } from './certificates.ts'

/** Creates that did not go as they should: when, and what the API server said. */
export type Mishap = { readonly at: number; readonly what: string }

/** Pods created one after the other, as dry runs, all the time. */
export type Stream = {
  /** Injected so far. */
  readonly injected: () => number
  readonly mishaps: () => readonly Mishap[]
  /** Does something between two creates. */
  readonly between: <T>(action: () => Promise<T> | T) => Promise<T>
  /** Waits until so many more were created. */
  readonly more: (creates: number) => Promise<void>
  readonly end: () => Promise<void>
}

/** @param url of the pods; while nobody answers there, there is nobody who could refuse */
export const createStream = (url: string, pod: object): Stream => {
  const agent = new Agent({
    keepAlive: true,
    ca: readFileSync(`${pki}/ca.crt`),
    cert: readFileSync(`${pki}/admin.crt`),
    key: readFileSync(`${pki}/admin.key`),
  })
  const waiting: (() => Promise<void>)[] = []
  const mishaps: Mishap[] = []
  const state = { injected: 0, isOver: false }
  const create = async (): Promise<void> => {
    const at = Date.now()
    const answer = await post(agent, `${url}?dryRun=All`, pod).catch(() => undefined)
    // The API server itself is away, or just starting.
    if (answer === undefined || answer.status === 503) return wait(50)
    const names = answer.body.spec?.initContainers?.map(({ name }) => name) ?? []
    if (answer.status === 201 && names[0] === 'podvault-login') state.injected += 1
    else mishaps.push({ at, what: `${answer.status} ${answer.body.message ?? `init containers: ${names.join()}`}` })
  }
  const flow = async (): Promise<void> => {
    while (!state.isOver) {
      await create()
      while (waiting.length > 0) await waiting.shift()?.()
      await wait(5)
    }
  }
  const flowing = flow()
  return {
    injected: () => state.injected,
    mishaps: () => mishaps,
    between: async action =>
      new Promise((resolve, reject) => {
        waiting.push(async () => Promise.resolve(action()).then(resolve, reject))
      }),
    more: async creates => {
      const goal = state.injected + creates
      while (state.injected < goal && !state.isOver) await wait(20)
    },
    end: async () => {
      state.isOver = true
      await flowing
      agent.destroy()
    },
  }
}

export type Answer = { readonly status: number; readonly body: Pod & { readonly message?: string } }

export const post = async (agent: Agent, url: string, body: object): Promise<Answer> => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { agent, method: 'POST', headers: { 'content-type': 'application/json' } }, resolve)
      .once('error', reject)
      .end(JSON.stringify(body))
  })
  return { status: response.statusCode ?? 0, body: (await json(response)) as Answer['body'] }
}
