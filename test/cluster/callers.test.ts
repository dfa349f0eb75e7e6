import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { clientsIn } from '../fixtures/clients.ts'
import { app, shell } from './apps.ts'
import { pki } from './certificates.ts'
import { connect } from './cluster.ts'
import { startApiServer } from './control-plane.ts'
import { eventually } from './eventually.ts'
import { manifest } from './namespace.ts'
import { apiServer, node, run, vaultAddress } from './place.ts'
import type { Running } from './processes.ts'
import { type Answer, post } from './stream.ts'
import { certs, logOf, otherOperator, startServer } from './webhook.ts'

const cluster = connect()
const { api } = cluster
const name = 'podvault-callers'
const place = `${node}:9940`
const folder = `${run}/${name}`
const audience = `https://${place}/mutate`
const subject = `system:serviceaccount:${name}:api-server`

/** An API server that shows the webhook who it is, as its administrator has said in its kubeconfig. */
const apiServerAs = (t: Test, label: string, port: number, user: object): string => {
  const kubeConfigFile = `${folder}/${label}.kubeconfig`
  writeFileSync(kubeConfigFile, JSON.stringify({ apiVersion: 'v1', kind: 'Config', users: [{ name: place, user }] }))
  const version = { apiVersion: 'apiserver.config.k8s.io/v1' }
  const configuration = { ...version, kind: 'WebhookAdmissionConfiguration', kubeConfigFile }
  const plugins = [{ name: 'MutatingAdmissionWebhook', configuration }]
  const file = `${folder}/${label}.json`
  writeFileSync(file, JSON.stringify({ ...version, kind: 'AdmissionConfiguration', plugins }))
  const server = startApiServer(`kube-apiserver-${label}`, port, `--admission-control-config-file=${file}`)
  t.teardown(() => server.process.kill('SIGKILL'))
  return `https://${node}:${port}`
}

/** A token of the cluster for the webhook, as an API server gets it from whoever runs it. */
const token = async (): Promise<string> => {
  await api.create('/api/v1/namespaces', { metadata: { name } })
  const accounts = `/api/v1/namespaces/${name}/serviceaccounts`
  await api.create(accounts, { metadata: { name: 'api-server' } })
  const { status } = await api.create<{ readonly status: { readonly token: string } }>(`${accounts}/api-server/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [audience], expirationSeconds: 3600 },
  })
  return status.token
}

const register = async (): Promise<void> => {
  type Configuration = { readonly webhooks: readonly object[] }
  const configuration = parse(readFileSync('webhook-config/mutatingwebhookconfiguration.yaml', 'utf8')) as Configuration
  const clientConfig = { url: audience, caBundle: readFileSync(`${certs}/ca.crt`, 'base64') }
  const namespaceSelector = { matchLabels: { [otherOperator]: name } }
  await api.create('/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
    ...configuration,
    metadata: { name },
    webhooks: [{ ...configuration.webhooks[0], clientConfig, namespaceSelector }],
  })
}

t.test('only API servers that show who they are get an answer', async t => {
  mkdirSync(folder)
  const { caFile, client } = clientsIn(folder)
  const { cert, key } = client('/CN=api-server')
  const [certFile, keyFile, tokenFile] = ['crt', 'key', 'token'].map(each => `${folder}/${each}`) as [
    string,
    string,
    string,
  ]
  for (const [file, text] of [
    [certFile, cert],
    [keyFile, key],
    [tokenFile, await token()],
  ] as const)
    writeFileSync(file, text)
  const callers = {
    'its certificate': apiServerAs(t, 'certificate', 6446, { 'client-certificate': certFile, 'client-key': keyFile }),
    'its token': apiServerAs(t, 'token', 6447, { tokenFile }),
  }
  await register()
  const startWebhook = (mode: string): Running => {
    const flags = {
      listen: place,
      'metrics-listen': '127.0.0.1:9941',
      'tls-cert-file': `${certs}/tls.crt`,
      'tls-key-file': `${certs}/tls.key`,
      'vault-address': vaultAddress,
      'kubernetes-version': '1.36',
      'client-auth': mode,
      'client-names': `api-server,${subject}`,
      'client-ca-file': caFile,
      'client-audience': audience,
    }
    const webhook = startServer(`webhook-callers-${mode}`, flags, new URL(apiServer).port)
    t.teardown(() => webhook.process.kill('SIGKILL'))
    return webhook
  }
  const namespace = await cluster.namespace(t, { labels: { [otherOperator]: name } })
  const agent = new Agent({
    ca: readFileSync(`${pki}/ca.crt`),
    cert: readFileSync(`${pki}/admin.crt`),
    key: readFileSync(`${pki}/admin.key`),
  })
  const pod = { ...app('pod', { role: 'x', secrets: 'A=b#c' }, shell('true')), automountServiceAccountToken: false }
  const create = async (server: string): Promise<Answer | undefined> =>
    post(agent, `${server}${namespace.path}/pods?dryRun=All`, manifest(pod)).catch(() => undefined)
  const injected = async (what: string, server: string): Promise<void> =>
    eventually(`an injected pod of an API server that shows ${what}`, 60, async () => {
      const answer = await create(server)
      return answer?.status === 201 && answer.body.spec?.initContainers?.[0]?.name === 'podvault-login'
    })

  const strict = startWebhook('require')
  for (const [what, server] of Object.entries(callers)) await injected(what, server)
  const refused = await create(apiServer)
  t.equal(refused?.status, 500)
  t.match(refused?.body.message, /podvault answers only whom it knows: there is no certificate or token/)
  strict.process.kill('SIGKILL')

  startWebhook('warn')
  await injected('nothing', apiServer)
  await eventually('a warning', 10, () =>
    logOf('webhook-callers-warn').some(({ msg }) => /nobody knows was answered all the same/.test(String(msg))),
  )
  for (const [what, server] of Object.entries(callers)) await injected(what, server)
  const metrics = await (await fetch('http://127.0.0.1:9941/metrics')).text()
  t.match(metrics, /^podvault_callers_total\{result="known"\} [1-9]/m)
  t.match(metrics, /^podvault_callers_total\{result="unknown"\} 1$/m)
})
