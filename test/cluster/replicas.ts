import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { createServer, connect as dial, type Socket } from 'node:net'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import type { Api } from './api.ts'
import { pki } from './certificates.ts'
import { eventually } from './eventually.ts'
import { node, run, vaultAddress } from './place.ts'
import { type Running, start } from './processes.ts'
import { logOf, otherOperator } from './webhook.ts'

/** Three replicas of the webhook behind a Service, as far as a machine without one can have it. */
export type Replicas = {
  readonly name: string
  /** Of the Secret and the Lease. */
  readonly home: string
  readonly startReplica: (index: number, seconds?: number) => Running
  /** Which of them get new connections at the moment. */
  readonly ready: () => readonly number[]
  readonly allReady: () => Promise<void>
  readonly log: (index: number) => readonly Readonly<Record<string, unknown>>[]
  /** How often any of them has. */
  readonly said: (message: RegExp) => number
  /** What the API server trusts, in PEM. */
  readonly bundle: () => Promise<string>
}

export type ReplicasOptions = {
  readonly name: string
  /** The balancer's, then the replicas', then their metrics'. */
  readonly port: number
  readonly apiPort: string
  readonly flags: Readonly<Record<string, string>>
}

const count = 3

export const makeReplicas = async (t: Test, api: Api, options: ReplicasOptions): Promise<Replicas> => {
  const { name, port, apiPort, flags } = options
  const folder = await makeIdentity(api, name)
  const ports = Array.from({ length: count }, (_, index) => port + 1 + index)
  const ready = await balance(t, port, ports)
  await register(api, name, { url: `https://${node}:${port}/mutate` })
  const startReplica = (index: number, seconds = 0): Running => {
    const settings = {
      listen: `${node}:${ports[index]}`,
      'metrics-listen': `127.0.0.1:${(ports[index] ?? 0) + count}`,
      'vault-address': vaultAddress,
      'webhook-configuration': name,
      ...flags,
    }
    const args = Object.entries(settings).map(([key, value]) => `--${key}=${value}`)
    const env = { ...process.env, KUBERNETES_SERVICE_HOST: node, KUBERNETES_SERVICE_PORT: apiPort }
    const program = ['test/cluster/replica.ts', folder, String(seconds), ...args]
    const running = start(`${name}-${index}`, process.execPath, program, { cwd: process.cwd(), env })
    t.teardown(() => running.process.kill('SIGKILL'))
    return running
  }
  const log: Replicas['log'] = index => logOf(`${name}-${index}`)
  return {
    name,
    home: `/api/v1/namespaces/${name}`,
    startReplica,
    ready,
    allReady: async () => eventually('three ready replicas', 60, () => ready().length === count),
    log,
    said: message => ports.flatMap((_, index) => log(index)).filter(({ msg }) => message.test(String(msg))).length,
    bundle: async () => {
      const { webhooks } = await api.get<Registration>(`${registrations}/${name}`)
      return Buffer.from(webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString()
    },
  }
}

const registrations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
type Registration = { readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[] }

/** The service account and the rights of the product's manifests, for another name and namespace. */
const makeIdentity = async (api: Api, name: string): Promise<string> => {
  await api.create('/api/v1/namespaces', { metadata: { name } })
  await api.create(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'podvault' } })
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const text = readFileSync('webhook-config/rbac.yaml', 'utf8')
    .replaceAll(/^(\s+(?:name|namespace): )podvault$/gm, `$1${name}`)
    .replaceAll('resourceNames: [podvault]', `resourceNames: [${name}]`)
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as { readonly kind: string; readonly subjects?: object }
    const place = object.kind.startsWith('Cluster') ? rbac : `${rbac}/namespaces/${name}`
    const subjects = [{ kind: 'ServiceAccount', name: 'podvault', namespace: name }]
    await api.create(`${place}/${object.kind.toLowerCase()}s`, { ...object, ...(object.subjects && { subjects }) })
  }
  type Token = { readonly status: { readonly token: string } }
  const { status } = await api.create<Token>(`/api/v1/namespaces/${name}/serviceaccounts/podvault/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600 },
  })
  const folder = `${run}/${name}`
  mkdirSync(folder)
  copyFileSync(`${pki}/ca.crt`, `${folder}/ca.crt`)
  writeFileSync(`${folder}/token`, status.token)
  writeFileSync(`${folder}/namespace`, name)
  return folder
}

/** As the product's manifest says, but for where it is and whom it is for, and under a name by which its metrics are told apart. */
export const register = async (api: Api, name: string, clientConfig: object): Promise<void> => {
  type Configuration = { readonly webhooks: readonly object[] }
  const configuration = parse(readFileSync('webhook-config/mutatingwebhookconfiguration.yaml', 'utf8')) as Configuration
  const [webhook] = configuration.webhooks
  const namespaceSelector = { matchLabels: { [otherOperator]: name } }
  await api.create(registrations, {
    ...configuration,
    metadata: { name },
    webhooks: [{ ...webhook, name: `${name}.podvault.dev`, clientConfig, namespaceSelector }],
  })
}

/**
 * What a Service does: each new connection goes to one of those that answer the kubelet's probe, which asks every second.
 * One that is gone already is not asked again; the next one gets the connection.
 */
const balance = async (t: Test, port: number, ports: readonly number[]): Promise<() => readonly number[]> => {
  let ready: readonly number[] = []
  let turn = 0
  const forward = (socket: Socket, candidates: readonly number[]): void => {
    const [first, ...rest] = candidates
    if (first === undefined) return void socket.destroy()
    const target = dial(ports[first] ?? 0, node)
    target.once('connect', () => {
      socket.pipe(target).pipe(socket)
      target.removeAllListeners('error').on('error', () => socket.destroy())
      target.on('close', () => socket.destroy())
      socket.on('error', () => target.destroy()).on('close', () => target.destroy())
    })
    target.once('error', () => forward(socket, rest))
  }
  const server = createServer(socket => {
    turn += 1
    forward(socket, [...ready.slice(turn % (ready.length || 1)), ...ready.slice(0, turn % (ready.length || 1))])
  })
  server.listen(port, node)
  await once(server, 'listening')
  const stop = new AbortController()
  t.teardown(() => {
    stop.abort()
    server.close()
  })
  const probe = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const answers = await Promise.all(ports.map(isReady))
      ready = answers.flatMap((answer, index) => (answer ? [index] : []))
      await wait(1000, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)
    }
  }
  void probe()
  return () => ready
}

/** The kubelet does not verify either. */
export const isReady = async (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const options = { host: node, port, path: '/readyz', rejectUnauthorized: false, agent: false, timeout: 1000 }
    const request = get(options, response => resolve(response.resume().statusCode === 200))
    request.on('timeout', () => request.destroy()).on('error', () => resolve(false))
  })
