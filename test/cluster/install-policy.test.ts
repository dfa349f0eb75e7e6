// What the ValidatingAdmissionPolicy of the chart makes of the pods of test/fixtures/pods, on a real API server.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { readChart, renderChart } from '../../src/cli/chart.ts'
import type { Pod } from '../../src/inject/pod.ts'
import { cases } from '../fixtures/cases.ts'
import { app, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { eventually } from './eventually.ts'
import { chart } from './helm.ts'
import { manifest } from './namespace.ts'
import { otherOperator } from './webhook.ts'

const cluster = connect()
const refusal =
  /podvault\.dev\/inject, and podvault has not injected it|vault\.hashicorp\.com\/agent-inject, and nobody has/

type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: object
}

/** The policy under another name, for namespaces with this label alone. */
const install = async (t: Test, label: string, policy: string): Promise<void> => {
  const rendered = renderChart(readChart(chart), 'podvault', {
    policy,
    namespaceSelector: { matchLabels: { [label]: 'here' } },
  }).find(({ name }) => name === 'validatingadmissionpolicy.yaml')
  for (const document of parseAllDocuments(rendered?.text ?? '')) {
    const { metadata: _, ...rest } = document.toJS() as Manifest
    const kind = rest.kind === 'ValidatingAdmissionPolicy' ? 'policies' : 'policybindings'
    const path = `/apis/admissionregistration.k8s.io/v1/validatingadmission${kind}`
    const spec = kind === 'policies' ? rest.spec : { ...rest.spec, policyName: label }
    await cluster.api.create(path, { ...rest, metadata: { name: label }, spec })
    t.teardown(async () => cluster.api.remove(`${path}/${label}`))
  }
}

/** A namespace that no webhook sees; and asks for its name until the policy is in force. */
const prepare = async (t: Test, label: string) => {
  const namespace = await cluster.namespace(t, { labels: { [label]: 'here', [otherOperator]: 'policy' } })
  await cluster.api.create(`${namespace.path}/serviceaccounts`, { metadata: { name: 'web' } })
  /** What the API server says against a pod; nothing is created. */
  const tried = async (pod: Pod): Promise<string> => {
    const { namespace: _, ...metadata } = pod.metadata ?? {}
    const object = { apiVersion: 'v1', kind: 'Pod', ...pod, metadata }
    return cluster.api.create(`${namespace.path}/pods?dryRun=All`, object).then(() => '', String)
  }
  return { namespace, tried }
}

const asking = manifest(app('asking', { role: 'any', secrets: 'A=b#c' }, shell('true'))) as Pod

t.test('a pod that asks and was not injected is refused, one that was or does not ask is not', async t => {
  await install(t, 'policy-deny', 'deny')
  const { tried } = await prepare(t, 'policy-deny')
  await eventually('the policy is in force', 30, async () => refusal.test(await tried(asking)))
  for (const { name, folder, pod, namespace } of cases()) {
    const { response } = JSON.parse(readFileSync(`${folder}/review.json`, 'utf8'))
    if (!response.allowed || namespace.startsWith('kube-')) continue
    const injected = `${folder}/injected.yaml`
    if (existsSync(injected)) {
      t.match(await tried(pod), refusal, `${name}, as it is`)
      t.notMatch(await tried(parse(readFileSync(injected, 'utf8')) as Pod), refusal, `${name}, injected`)
    } else t.notMatch(await tried(pod), refusal, `${name}, which podvault lets through`)
  }
})

t.test('in migration it warns whoever creates the pod, and refuses nothing', async t => {
  await install(t, 'policy-warn', 'warn')
  const { namespace } = await prepare(t, 'policy-warn')
  const file = `${t.testdir({ 'pod.json': JSON.stringify(asking) })}/pod.json`
  const create = ['-n', namespace.name, 'create', '--dry-run=server', '-f', file]
  const warned = async (): Promise<string> => (await promisify(execFile)('kubectl', create)).stderr
  await eventually('the policy is in force', 30, async () => refusal.test(await warned()))
  t.match(await warned(), /^Warning: Validation failed for ValidatingAdmissionPolicy 'policy-warn'/)
})
