import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import type { Pod } from '../../src/inject/pod.ts'
import type { Api } from './api.ts'
import { app, shell } from './apps.ts'
import { pki } from './certificates.ts'
import type { Cluster } from './cluster.ts'
import { eventually } from './eventually.ts'
import { manifest } from './namespace.ts'
import { post } from './stream.ts'

/** A pod that asks for secrets, and that no scheduler looks at: what is measured ends when it is created. */
const template = {
  ...app('burst', { role: 'web', secrets: 'DB_USER=app/db#username\nDB_PASSWORD=app/db#password' }, shell('true')),
  schedulerName: 'nobody',
}

export const annotatedPod = manifest(template)
export const plainPod = manifest({ ...template, annotations: {} })

export type Creates = {
  /** Of those that were created, each. */
  readonly milliseconds: readonly number[]
  /** What the API server said to the others. */
  readonly refused: readonly string[]
  readonly seconds: number
}

/**
 * Creates pods through so many connections, one at a time on each, for as long as `more` says.
 * @param url of the API server and the namespace
 */
export const createPods = async (
  url: string,
  pod: object,
  connections: number,
  more: () => boolean,
): Promise<Creates> => {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: connections,
    ca: readFileSync(`${pki}/ca.crt`),
    cert: readFileSync(`${pki}/admin.crt`),
    key: readFileSync(`${pki}/admin.key`),
  })
  const [milliseconds, refused]: [number[], string[]] = [[], []]
  const began = performance.now()
  let count = 0
  const client = async (): Promise<void> => {
    while (more()) {
      count += 1
      const object = { ...pod, metadata: { ...(pod as Pod).metadata, name: `burst-${count}` } }
      const asked = performance.now()
      const { status, body } = await post(agent, `${url}/pods`, object)
      if (status === 201) milliseconds.push(performance.now() - asked)
      else refused.push(`${status} ${body.message}`)
    }
  }
  await Promise.all(Array.from({ length: connections }, client))
  agent.destroy()
  return { milliseconds, refused, seconds: (performance.now() - began) / 1000 }
}

/** For `createPods`: so many. */
export const upTo = (count: number): (() => boolean) => {
  let left = count
  return () => left-- > 0
}

/** For `createPods`: until this has ended. */
export const during = (what: Promise<unknown>): (() => boolean) => {
  let isOver = false
  void what.finally(() => (isOver = true)).catch(() => undefined)
  return () => !isOver
}

/** Scales a new Deployment up, and resolves to the seconds until all its pods are there; the curve has pods by second. */
export const deploy = async ({ api, kubectl }: Cluster, namespace: string, replicas: number): Promise<Deployed> => {
  const path = `/apis/apps/v1/namespaces/${namespace}`
  const { metadata, spec } = annotatedPod as Required<Pick<Pod, 'metadata' | 'spec'>>
  const labels = { app: 'burst' }
  await api.create(`${path}/deployments`, {
    metadata: { name: 'burst' },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { annotations: metadata.annotations, labels }, spec },
    },
  })
  await kubectl('-n', namespace, 'scale', 'deployment', 'burst', `--replicas=${replicas}`)
  const began = performance.now()
  const elapsed = (): number => (performance.now() - began) / 1000
  const curve: [number, number][] = [[0, 0]]
  type Page = { readonly items: readonly object[]; readonly metadata: { readonly remainingItemCount?: number } }
  await eventually(`${replicas} pods`, 300, async () => {
    // One pod, and how many more there are.
    const { items, metadata: rest } = await api.get<Page>(`/api/v1/namespaces/${namespace}/pods?limit=1`)
    const there = items.length + (rest.remainingItemCount ?? 0)
    curve.push([elapsed(), there])
    return there >= replicas
  })
  return { seconds: elapsed(), curve }
}

export type Deployed = {
  readonly seconds: number
  readonly curve: readonly (readonly [seconds: number, pods: number])[]
}

export type Counted = { readonly pods: number; readonly injected: number }

/** Those that are there, and those of them with the status and both containers. */
export const countPods = async (api: Api, path: string): Promise<Counted> => {
  const { items } = await api.get<{ readonly items: readonly Pod[] }>(`${path}/pods`)
  return { pods: items.length, injected: items.filter(isInjected).length }
}

const isInjected = ({ metadata, spec }: Pod): boolean => {
  const names = spec?.initContainers?.map(({ name }) => name) ?? []
  return (
    metadata?.annotations?.['podvault.dev/status'] !== undefined && names.join() === 'podvault-login,podvault-renew'
  )
}

/** Does it so often to one replica after the other: every two seconds, or as soon as the last time is over. */
export const repeatedly = async (harm: () => Promise<void>, times: number): Promise<void> => {
  for (let time = 0; time < times; time++) await Promise.all([wait(2000), harm()])
}
