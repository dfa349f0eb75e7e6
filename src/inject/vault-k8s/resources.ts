import { annotations as native } from '../annotations.ts'
import type { Quantity } from '../kinds.ts'
import type { Pod, Resources } from '../pod.ts'
import type { Problem } from '../reasons.ts'
import { isGuaranteedPod, resourcesOf } from '../resources.ts'
import type { Engine } from '../settings.ts'
import { prefix, stages } from './annotations.ts'
import type { Read } from './read.ts'

const kinds = {
  cpu: { request: 'agent-requests-cpu', limit: 'agent-limits-cpu' },
  memory: { request: 'agent-requests-mem', limit: 'agent-limits-mem' },
  'ephemeral-storage': { request: 'agent-requests-ephemeral', limit: 'agent-limits-ephemeral' },
} as const

type Name = keyof typeof kinds
type ResourceKey = (typeof kinds)[Name]['request' | 'limit']

const names = Object.keys(kinds) as readonly Name[]

/** What holds where nobody says anything. */
const ours = {
  cpu: { request: native.cpu.usual, limit: native['cpu-limit'].usual },
  memory: { request: native.memory.usual, limit: native['memory-limit'].usual },
  'ephemeral-storage': { request: 'none', limit: 'none' },
} as const

/** Resources of each injected container: what is said, or what its engine needs. */
export const resourcesFor = (read: Read, engine: Engine, pod: Pod): Resources => {
  const isSaid = (name: Name): boolean => Object.values(kinds[name]).some(key => read.originOf(key) !== undefined)
  const isLeft = !isSaid('cpu') && !isSaid('memory') && (engine === 'podvault' || isGuaranteedPod(pod))
  const least = isLeft ? resourcesOf(engine === 'podvault' ? leastOfAll : usualOf(read), new Set(), pod) : {}
  const pairs = names.filter(name => !isLeft || isSaid(name)).map(name => [name, pairOf(read, engine, name)] as const)
  const amounts = (which: 'request' | 'limit'): Readonly<Record<string, string>> =>
    Object.fromEntries(pairs.flatMap(([name, { [which]: amount }]) => (amount === 'none' ? [] : [[name, amount.text]])))
  const limits = { ...least.limits, ...amounts('limit') }
  const requests = { ...least.requests, ...amounts('request') }
  return {
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(Object.keys(requests).length > 0 && { requests }),
  }
}

/** What podvault takes where nobody says anything of CPU and memory: see there. */
const leastOfAll = {
  cpu: native.cpu.usual,
  memory: native.memory.usual,
  'cpu-limit': native['cpu-limit'].usual,
  'memory-limit': native['memory-limit'].usual,
} as Parameters<typeof resourcesOf>[0]

/** vault-k8s's own numbers; a Guaranteed pod stays Guaranteed with them. */
const usualOf = ({ values }: Read): Parameters<typeof resourcesOf>[0] =>
  ({
    cpu: values['agent-requests-cpu'],
    memory: values['agent-requests-mem'],
    'cpu-limit': values['agent-limits-cpu'],
    'memory-limit': values['agent-limits-mem'],
  }) as Parameters<typeof resourcesOf>[0]

type Amount = Quantity | 'none'
type Pair = { readonly request: Amount; readonly limit: Amount }

/** A default gives way to what is said on the other side: no request is above its limit. */
const pairOf = (read: Read, engine: Engine, name: Name): Pair => {
  const { limit } = kinds[name]
  const given: Pair = { request: amountOf(read, engine, name, 'request'), limit: amountOf(read, engine, name, 'limit') }
  if (!isAbove(given)) return given
  return read.originOf(limit) === undefined ? { ...given, limit: given.request } : { ...given, request: given.limit }
}

const amountOf = (read: Read, engine: Engine, name: Name, which: 'request' | 'limit'): Amount => {
  const key = kinds[name][which]
  return engine === 'podvault' && read.originOf(key) === undefined ? (ours[name][which] as Amount) : read.values[key]
}

const isAbove = ({ request, limit }: Pair): boolean =>
  request !== 'none' && limit !== 'none' && request.size > limit.size

/** A request above its limit, both said; the API server would say so of a container the user has never heard of. */
export const resourceProblems = (read: Read): readonly Problem[] =>
  names.flatMap((name): readonly Problem[] => {
    const { request, limit } = kinds[name]
    const given = { request: read.values[request], limit: read.values[limit] }
    const areSaid = [request, limit].every(key => read.originOf(key) !== undefined)
    if (!areSaid || !isAbove(given)) return []
    const textOf = (key: ResourceKey): string => `${prefix}${key} is ${(read.values[key] as Quantity).text}`
    const message = `${stages.patch}: ${textOf(request)}, above its limit: ${textOf(limit)}`
    return [{ reason: 'bad-resources', message }]
  })
