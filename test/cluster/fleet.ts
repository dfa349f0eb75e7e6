import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'
import { parse } from 'yaml'
import type { Api } from './api.ts'
import { eventually } from './eventually.ts'
import { node, run } from './place.ts'
import { execute, type Running } from './processes.ts'
import { isReady, register } from './replicas.ts'
import { serveService } from './service.ts'
import { program, settings, startServer } from './webhook.ts'

/** Replicas of the built webhook as a Deployment has them, behind a real Service; each by turns may be killed, evicted or replaced. */
export type Fleet = {
  /** Resolves when there are so many, all of them ready. */
  readonly scale: (count: number) => Promise<void>
  /** SIGKILL to the one whose turn it is; it is started again when that is noticed. */
  readonly kill: () => Promise<void>
  /** As the drain of a node does with the one whose turn it is; resolves when one has taken its place. */
  readonly evict: () => Promise<void>
  /** Replaces each of them, as the Deployment's strategy has it: a new one is ready before an old one goes. */
  readonly upgrade: () => Promise<void>
  /** Process ids of those that run. */
  readonly processes: () => readonly number[]
}

type Replica = { readonly port: number; running: Running; isEndpoint: boolean; isEnding: boolean }

export type FleetOptions = {
  /** Of the Service's namespace, of the webhook configuration, and of the label of those it is for. */
  readonly name: string
  /** The first of many. */
  readonly port: number
}

/** What the kubelet takes to notice that a container has ended, at most. Milliseconds. */
const notice = 1000

export const makeFleet = async (t: Pick<Test, 'teardown'>, api: Api, { name, port }: FleetOptions): Promise<Fleet> => {
  const certs = await makeService(api, name)
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${name}/endpointslices`
  const flags = { 'metrics-listen': '', 'tls-cert-file': `${certs}/tls.crt`, 'tls-key-file': `${certs}/tls.key` }
  let [replicas, next, turn]: [readonly Replica[], number, number] = [[], port, 0]

  const startOn = (at: number): Running => {
    const listen = `${node}:${at}`
    return startServer(`${name}-${at}`, { ...settings, ...flags, listen }, '6443')
  }
  const setEndpoint = async (replica: Replica, isEndpoint: boolean): Promise<void> => {
    if (replica.isEndpoint === isEndpoint) return
    replica.isEndpoint = isEndpoint
    if (isEndpoint) await api.create(slices, sliceOf(replica.port))
    else await api.remove(`${slices}/podvault-${replica.port}`)
  }
  const look = async (replica: Replica): Promise<void> => {
    if (replica.isEnding) return
    const hasEnded = replica.running.process.exitCode !== null || replica.running.process.signalCode !== null
    if (hasEnded) replica.running = startOn(replica.port)
    const ready = !hasEnded && (await isReady(replica.port))
    if (!replica.isEnding) await setEndpoint(replica, ready)
  }
  const stop = new AbortController()
  const tend = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await Promise.all(replicas.map(look))
      await wait(notice, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }
  const add = async (): Promise<void> => {
    const replica = { port: next, running: startOn(next), isEndpoint: false, isEnding: false }
    next += 1
    replicas = [...replicas, replica]
    await eventually(`a ready replica on ${replica.port}`, 60, () => replica.isEndpoint)
  }
  /** As a pod that is deleted: no endpoint any more, its preStop sleep, SIGTERM. */
  const retire = async (replica: Replica): Promise<void> => {
    replica.isEnding = true
    replicas = replicas.filter(each => each !== replica)
    await setEndpoint(replica, false)
    await wait(preStop())
    const ended = once(replica.running.process, 'exit')
    replica.running.process.kill('SIGTERM')
    await ended
  }
  const ofReady = (): Replica | undefined => {
    const ready = replicas.filter(({ isEndpoint }) => isEndpoint)
    turn += 1
    return ready[turn % ready.length]
  }
  const leaving: Promise<void>[] = []
  const tending = tend()
  t.teardown(async () => {
    stop.abort()
    await tending
    await Promise.all(leaving)
    for (const { running } of replicas) running.process.kill('SIGKILL')
  })
  await add()
  await serveService(t, api, name, 'podvault')
  return {
    scale: async count => {
      while (replicas.length < count) await add()
      await Promise.all(replicas.slice(count).map(retire))
    },
    kill: async () => {
      const victim = ofReady()?.running.process
      if (victim === undefined) return
      const ended = once(victim, 'exit')
      victim.kill('SIGKILL')
      await ended
    },
    evict: async () => {
      const victim = ofReady()
      if (victim !== undefined) leaving.push(retire(victim))
      await add()
    },
    upgrade: async () => {
      for (const old of replicas) {
        await add()
        leaving.push(retire(old))
      }
      await Promise.all(leaving)
    },
    processes: () => replicas.map(({ running }) => running.process.pid ?? 0),
  }
}

const sliceOf = (port: number): object => ({
  metadata: { name: `podvault-${port}`, labels: { 'kubernetes.io/service-name': 'podvault' } },
  addressType: 'IPv4',
  endpoints: [{ addresses: [node], conditions: { ready: true } }],
  ports: [{ name: '', port }],
})

/** A Service without a selector, its certificate, and the webhook configuration; gives the folder of the certificate. */
const makeService = async (api: Api, name: string): Promise<string> => {
  await api.create('/api/v1/namespaces', { metadata: { name } })
  await api.create(`/api/v1/namespaces/${name}/services`, {
    metadata: { name: 'podvault' },
    spec: { ports: [{ port: 443 }] },
  })
  const certs = `${run}/${name}`
  execute(process.execPath, program, 'certs', '--dir', certs, '--namespace', name)
  const service = { name: 'podvault', namespace: name, path: '/mutate', port: 443 }
  await register(api, name, { service, caBundle: readFileSync(`${certs}/ca.crt`, 'base64') })
  return certs
}

/** Milliseconds, by the product's manifest. */
const preStop = (): number => {
  const { spec } = parse(readFileSync('webhook-config/deployment.yaml', 'utf8')).spec.template
  return spec.containers[0].lifecycle.preStop.sleep.seconds * 1000
}
