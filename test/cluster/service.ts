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

const chain = 'PODVAULT-SERVICE'

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
  setRules(address, port, [])
  for (const from of places) execute('iptables', '-t', 'nat', '-A', from, '-j', chain)
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
      setRules(address, port, type === 'DELETED' ? [] : pods)
      if (pods.length > 0) serve()
      return type === 'DELETED' ? true : undefined
    },
    300,
  )
  const ended = following.then(() => {
    for (const from of places) execute('iptables', '-t', 'nat', '-D', from, '-j', chain)
    return undefined
  })
  await Promise.race([served, ended])
  return { ended }
}

const places = ['PREROUTING', 'OUTPUT']

/** All at once, as kube-proxy does it. */
const setRules = (address: string, port: number, pods: readonly string[]): void => {
  const rules = pods.map((pod, index) => {
    const share = `-m statistic --mode random --probability ${(1 / (pods.length - index)).toFixed(5)}`
    return `-A ${chain} -d ${address} -p tcp --dport ${port} ${share} -j DNAT --to ${pod}`
  })
  const input = ['*nat', `:${chain} - [0:0]`, ...rules, 'COMMIT', ''].join('\n')
  execFileSync('iptables-restore', ['--noflush'], { input, stdio: ['pipe', 'pipe', 'pipe'] })
}
