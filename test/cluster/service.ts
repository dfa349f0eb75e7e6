import { execFileSync } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Api } from './api.ts'
import { eventually } from './eventually.ts'
import { execute } from './processes.ts'

type Slices = {
  readonly items: readonly {
    readonly ports: readonly { readonly port: number }[] | null
    readonly endpoints:
      | readonly {
          readonly addresses: readonly string[]
          readonly conditions: { readonly ready?: boolean }
        }[]
      | null
  }[]
}

/**
 * Does what kube-proxy does, for one Service and as long as the test runs: whoever connects to its address, the API server too,
 * reaches one of the pods that are ready. Resolves as soon as there is one.
 */
export const serveService = async (
  t: Pick<Test, 'teardown'>,
  api: Api,
  namespace: string,
  name: string,
): Promise<void> => {
  const { spec } = await api.get<{ readonly spec: { readonly clusterIP: string } }>(
    `/api/v1/namespaces/${namespace}/services/${name}`,
  )
  const address = spec.clusterIP
  // Without a way there, the node does not even try.
  execute('ip', 'route', 'replace', address, 'dev', 'node0')
  // A chain's name has 28 letters at most.
  const chain = `TO-${address}`
  let before = ''
  const set = (pods: readonly string[]): void => {
    if (before !== pods.join()) setRules(chain, address, pods)
    before = pods.join()
  }
  setRules(chain, address, [])
  for (const from of places) iptables('-A', from, '-j', chain)
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${name}`)}`
  const stop = new AbortController()
  const serve = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      set(podsIn(await api.get<Slices>(slices)))
      await wait(100)
    }
  }
  const serving = serve()
  t.teardown(async () => {
    stop.abort()
    await serving
    for (const from of places) iptables('-D', from, '-j', chain)
  })
  await eventually(`a pod of the Service ${name}`, 60, () => before !== '')
}

const podsIn = ({ items }: Slices): readonly string[] =>
  items.flatMap(({ endpoints, ports }) =>
    (endpoints ?? [])
      .filter(({ conditions }) => conditions.ready === true)
      .flatMap(({ addresses }) => addresses.map(address => `${address}:${ports?.[0]?.port}`)),
  )

const places = ['PREROUTING', 'OUTPUT']

/** Waits for others that are at it. */
const iptables = (...args: readonly string[]): string => execute('iptables', '-w', '-t', 'nat', ...args)

/** All at once, as kube-proxy does it. */
const setRules = (chain: string, address: string, pods: readonly string[]): void => {
  const rules = pods.map((pod, index) => {
    const share = `-m statistic --mode random --probability ${(1 / (pods.length - index)).toFixed(5)}`
    return `-A ${chain} -d ${address} -p tcp --dport 443 ${share} -j DNAT --to ${pod}`
  })
  const input = ['*nat', `:${chain} - [0:0]`, ...rules, 'COMMIT', ''].join('\n')
  execFileSync('iptables-restore', ['-w', '--noflush'], { input, stdio: ['pipe', 'pipe', 'pipe'] })
}
