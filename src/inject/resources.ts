import type { Intent } from './annotations.ts'
import { type Quantity, quantityOf } from './kinds.ts'
import { containersIn, type Container, type Pod, type Resources } from './pod.ts'
import type { Problem } from './reasons.ts'

/** What a pod says of the resources of the injected containers. */
type Amounted = Pick<Intent, 'cpu' | 'memory' | 'cpu-limit' | 'memory-limit'>

type Amounts = { readonly [name: string]: string }

/** CPU of a Guaranteed pod's injected containers, where request and limit must agree: enough to start in a blink. */
const guaranteedCpu = '100m'

/** Resources of each injected container, such that the pod keeps its quality of service class. */
export const resourcesOf = (intent: Amounted, given: ReadonlySet<string>, pod: Pod): Resources => {
  const { cpu, memory } = intent
  const cpuLimit = some(intent['cpu-limit'])
  const memoryLimit = some(intent['memory-limit'])
  const asked = ['cpu', 'memory', 'cpu-limit', 'memory-limit'].some(key => given.has(key))
  // A pod with resources of its own as a whole lends from them; its class does not hang on the containers.
  if (!asked && (pod.spec?.resources !== undefined || containersIn(pod).every(isBestEffort))) return {}
  if (!asked && isGuaranteedPod(pod)) {
    const same = { cpu: cpuLimit ?? guaranteedCpu, memory: memoryLimit ?? memory.text }
    return { requests: same, limits: same }
  }
  const limits = {
    ...(cpuLimit !== undefined && { cpu: cpuLimit }),
    ...(memoryLimit !== undefined && { memory: memoryLimit }),
  }
  return { requests: { cpu: cpu.text, memory: memory.text }, ...(Object.keys(limits).length > 0 && { limits }) }
}

export const isGuaranteedPod = (pod: Pod): boolean => containersIn(pod).every(isGuaranteed)

/** A request above its limit; the API server would say so of a container the user has never heard of. */
export const resourceProblems = (intent: Intent): readonly Problem[] =>
  (['cpu', 'memory'] as const).flatMap(name => {
    const [request, limit] = [intent[name], intent[`${name}-limit`]]
    if (limit === 'none' || request.size <= limit.size) return []
    const message = `podvault.dev/${name} is ${request.text}, above podvault.dev/${name}-limit, which is ${limit.text}; set both`
    return [{ reason: 'bad-resources', message }]
  })

const some = (quantity: Quantity | 'none'): string | undefined => (quantity === 'none' ? undefined : quantity.text)

const isBestEffort = ({ resources }: Container): boolean =>
  [resources?.requests, resources?.limits].every(
    amounts => amounts?.['cpu'] === undefined && amounts?.['memory'] === undefined,
  )

/** As the kubelet sees it: a limit for CPU and memory, and no request that differs. */
const isGuaranteed = ({ resources }: Container): boolean =>
  ['cpu', 'memory'].every(name => {
    const limit = sizeOf(resources?.limits, name)
    return limit !== undefined && (sizeOf(resources?.requests, name) ?? limit) === limit
  })

const sizeOf = (amounts: Amounts | undefined, name: string): number | undefined => {
  const text = amounts?.[name]
  return text === undefined ? undefined : quantityOf(text)?.size
}
