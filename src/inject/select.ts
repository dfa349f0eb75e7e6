import { names } from '../contract.ts'
import type { Intent } from './annotations.ts'
import type { Container, Pod } from './pod.ts'
import type { Problem } from './reasons.ts'
import { quote } from './quote.ts'

/** A container that gets the secrets, and where it stands in the pod. */
export type Selected = {
  readonly list: 'containers' | 'initContainers'
  readonly index: number
  readonly container: Container
}

/** Proxies without which no other container has a network; as native sidecars they must run before the login. */
export const meshProxies: readonly string[] = ['istio-proxy', 'linkerd-proxy', 'kuma-sidecar', 'consul-dataplane']

export const isOurs = ({ name }: Container): boolean => name === names.login || name === names.renew

/** Where in the init containers the login belongs: behind a mesh's native sidecar, before all others. */
export const loginIndex = (pod: Pod): number =>
  (pod.spec?.initContainers ?? []).findLastIndex(
    ({ name, restartPolicy }) => restartPolicy === 'Always' && meshProxies.includes(name),
  ) + 1

/** In a pod that was injected before: the first init container that runs after ours. */
export const behindOurs = (pod: Pod): number => (pod.spec?.initContainers ?? []).findLastIndex(isOurs) + 1

/** The containers that the pod's annotations select, app containers first, and the names that match none. */
export const select = (
  pod: Pod,
  intent: Intent,
  from: number,
): { readonly selected: readonly Selected[]; readonly problems: readonly Problem[] } => {
  const app = pick(pod, 'containers', intent.containers, 0)
  const init = pick(pod, 'initContainers', intent['init-containers'], from)
  return { selected: [...app.selected, ...init.selected], problems: [...app.problems, ...init.problems] }
}

const annotationOf = { containers: 'podvault.dev/containers', initContainers: 'podvault.dev/init-containers' } as const

const pick = (
  pod: Pod,
  list: Selected['list'],
  wanted: 'all' | 'none' | readonly string[],
  from: number,
): ReturnType<typeof select> => {
  const candidates = (pod.spec?.[list] ?? [])
    .map((container, index): Selected => ({ list, index, container }))
    .filter(({ container }) => !isOurs(container))
  if (wanted === 'none') return { selected: [], problems: [] }
  if (wanted === 'all') return { selected: candidates.filter(({ index }) => index >= from), problems: [] }
  const named = new Map(candidates.map(candidate => [candidate.container.name, candidate]))
  const there = [...named.keys()].join(', ')
  const chosen = new Set(wanted)
  const problems = wanted.flatMap((name): readonly Problem[] => {
    const found = named.get(name)
    if (found !== undefined && found.index >= from) return []
    const message =
      found === undefined
        ? `${annotationOf[list]} names ${quote(name)}; the pod has ${quote(there)}`
        : `${annotationOf[list]} names ${quote(name)}, which runs before the login and cannot have its secrets; leave it out`
    return [{ reason: 'unknown-container', message }]
  })
  return { selected: candidates.filter(({ container }) => chosen.has(container.name)), problems }
}
