import { writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { pki } from './certificates.ts'
import { run } from './place.ts'
import { start, until } from './processes.ts'
import { ruleGroups } from './rules.ts'

export type Sample = { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }

export type Prometheus = {
  readonly address: string
  /** An instant query. @throws Error with Prometheus's own words where it is none */
  readonly query: (expression: string) => Promise<readonly Sample[]>
  readonly get: <T>(path: string) => Promise<T>
}

export type Targets = {
  readonly port: number
  /** Where replicas of the webhook answer, as host:port. */
  readonly replicas: readonly string[]
  /** Of the API server, as host:port. */
  readonly apiServer: string
  readonly sidecar: { readonly targets: readonly string[]; readonly labels: Readonly<Record<string, string>> }
}

/** A Prometheus that looks every second at replicas, at the API server and at a sidecar. */
export const startPrometheus = async (
  t: Test,
  { port, replicas, apiServer, sidecar }: Targets,
): Promise<Prometheus> => {
  const folder = `${run}/prometheus`
  const address = `http://127.0.0.1:${port}`
  const admin = { ca_file: `${pki}/ca.crt`, cert_file: `${pki}/admin.crt`, key_file: `${pki}/admin.key` }
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [`${folder}.rules.yaml`],
    scrape_configs: [
      { job_name: 'podvault', static_configs: [{ targets: replicas }] },
      { job_name: 'apiserver', scheme: 'https', tls_config: admin, static_configs: [{ targets: [apiServer] }] },
      // Debian's Prometheus does not know Kubernetes; the labels are those that a PodMonitor gives.
      { job_name: 'podvault-pods', static_configs: [sidecar] },
    ],
  }
  writeFileSync(`${folder}.yaml`, JSON.stringify(config))
  writeFileSync(`${folder}.rules.yaml`, JSON.stringify(ruleGroups()))
  const flags = [
    `--config.file=${folder}.yaml`,
    `--storage.tsdb.path=${folder}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]
  const server = start('prometheus', 'prometheus', flags)
  t.teardown(() => server.process.kill('SIGKILL'))
  await until('a ready Prometheus', server, async () => (await fetch(`${address}/-/ready`)).ok)
  const get = async <T>(path: string): Promise<T> => {
    const answer = (await (await fetch(`${address}/api/v1${path}`)).json()) as {
      readonly data: T
      readonly error?: string
    }
    if (answer.error !== undefined) throw new Error(`${path}: ${answer.error}`)
    return answer.data
  }
  const query = async (expression: string): Promise<readonly Sample[]> =>
    (await get<{ readonly result: readonly Sample[] }>(`/query?query=${encodeURIComponent(expression)}`)).result
  return { address, query, get }
}
