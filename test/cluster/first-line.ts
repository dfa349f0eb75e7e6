// npm run test:cluster -- node test/cluster/first-line.ts: how long after its creation a pod's app writes its first line, with and
// without podvault, and what podvault asks Vault until then. Medians of pods started one after the other.
import { randomBytes } from 'node:crypto'
import process from 'node:process'
import { app, forever, shell } from './apps.ts'
import { audited } from './audit.ts'
import { connect } from './cluster.ts'
import { isReady } from './namespace.ts'
import type { Namespace, PodSpec } from './namespace.ts'

const pods = 15
const cluster = connect()

const namespace = await cluster.makeNamespace(`bench-${randomBytes(4).toString('hex')}`, {
  policy: 'path "secret/data/bench" { capabilities = ["read"] }',
})
await cluster.vault.write('secret/data/bench', { data: { password: 'bench' } })

type Start = { readonly milliseconds: number; readonly requests: readonly string[] }

/** The container runtime's own timestamp of the line, against the moment the pod was asked for. */
const startOf = async (namespace: Namespace, spec: PodSpec): Promise<Start> => {
  const began = Date.now()
  await namespace.create(spec)
  const pod = await namespace.until(spec.name, 'readiness', isReady)
  const log = await cluster.api.text(`${namespace.path}/pods/${spec.name}/log?container=app&timestamps=true`)
  const written = Date.parse(log.split(' ')[0] ?? '')
  const requests = audited(pod.status?.podIP ?? '').map(({ request }) => `${request.operation} ${request.path}`)
  await namespace.remove(spec.name)
  await namespace.gone(spec.name)
  return { milliseconds: written - began, requests }
}

const container = shell(`echo started; ${forever}`)
const settings = { role: namespace.name, secrets: 'PASSWORD=bench#password' }
const median = (starts: readonly Start[]): number =>
  starts.map(start => start.milliseconds).toSorted((a, b) => a - b)[Math.floor(starts.length / 2)] ?? Number.NaN

// What the kubelet itself takes for an init container and a sidecar, whatever they do.
const idle = {
  initContainers: [
    { ...container, name: 'first', args: ['exit 0'] },
    { ...container, name: 'beside', args: [`trap 'exit 0' TERM; ${forever}`], restartPolicy: 'Always' },
  ],
  containers: [container],
}
const [plain, empty, injected]: [Start[], Start[], Start[]] = [[], [], []]
for (let index = 0; index < pods; index++) {
  plain.push(await startOf(namespace, { name: `plain-${index}`, containers: [container] }))
  empty.push(await startOf(namespace, { name: `empty-${index}`, ...idle }))
  injected.push(await startOf(namespace, app(`injected-${index}`, settings, container)))
}
process.stdout.write(`medians of ${pods}: plain ${median(plain)} ms\n`)
process.stdout.write(`with an init container and a sidecar that do nothing ${median(empty)} ms\n`)
process.stdout.write(`injected ${median(injected)} ms\n`)
process.stdout.write(`Vault requests of an injected pod: ${injected[0]?.requests.join(', ')}\n`)
