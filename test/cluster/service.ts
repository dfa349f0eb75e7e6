import { execFileSync } from 'node:child_process'
import type { Api } from './api.ts'
import { execute } from './processes.ts'

type Slice = {
  readonly type: string
  readonly object: {
    readonly ports: readonly { readonly port: number }[] | null
    readonly endpoints?:
      | readonly {
          readonly addresses: readonly string[]
          readonly conditions: { readonly ready?: boolean }
        }[]
      | null
  }
}

/**
 * Does what kube-proxy does, for one Service: whoever connects to its address, the API server too, reaches one of the pods
 * that are ready. Resolves as soon as there is one; `ended` does when the Service has gone.
 */
export const serveService = async (
  api: Api,
  namespace: string,
  name: string,
  port: number,
): Promise<{ readonly ended: Promise<void> }> => {
  const service = `/api/v1/namespaces/${namespace}/services/${name}`
  const { spec } = await api.get<{ readonly spec: { readonly clusterIP: string } }>(service)
  const address = spec.clusterIP
  // Without a way there, the node does not even try.
  execute('ip', 'route', 'replace', address, 'dev', 'node0')
  // A chain's name has 28 letters at most.
  const chain = `TO-${address}-${port}`
  const set = (pods: readonly string[]): void => setRules(chain, `-d ${address} -p tcp --dport ${port}`, pods)
  set([])
  for (const from of places) iptables('-A', from, '-j', chain)
  const { promise: served, resolve: serve } = Promise.withResolvers<void>()
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`
  const selector = encodeURIComponent(`kubernetes.io/service-name=${name}`)
  const following = api.follow(
    `${slices}?watch=1&labelSelector=${selector}`,
    `the end of the Service ${name}`,
    line => {
      const { type, object } = JSON.parse(line) as Slice
      const ready = (object.endpoints ?? []).filter(({ conditions }) => conditions.ready === true)
      const pods = ready.flatMap(({ addresses }) => addresses).map(each => `${each}:${object.ports?.[0]?.port}`)
      set(type === 'DELETED' ? [] : pods)
      if (pods.length > 0) serve()
      return type === 'DELETED' ? true : undefined
    },
    300,
  )
  const ended = following.then(() => {
    for (const from of places) iptables('-D', from, '-j', chain)
    return undefined
  })
  await Promise.race([served, ended])
  return { ended }
}

const places = ['PREROUTING', 'OUTPUT']

/** Waits for others that are at it. */
const iptables = (...args: readonly string[]): string => execute('iptables', '-w', '-t', 'nat', ...args)

/** All at once, as kube-proxy does it. */
const setRules = (chain: string, match: string, pods: readonly string[]): void => {
  const rules = pods.map((pod, index) => {
    const share = `-m statistic --mode random --probability ${(1 / (pods.length - index)).toFixed(5)}`
    return `-A ${chain} ${match} ${share} -j DNAT --to ${pod}`
  })
  const input = ['*nat', `:${chain} - [0:0]`, ...rules, 'COMMIT', ''].join('\n')
  execFileSync('iptables-restore', ['-w', '--noflush'], { input, stdio: ['pipe', 'pipe', 'pipe'] })
}
