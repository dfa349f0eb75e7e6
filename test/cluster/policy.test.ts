import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { admissionReview, app, forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { eventually } from './eventually.ts'
import { isRunning, manifest } from './namespace.ts'
import { noVault, vaultAddress } from './place.ts'

const cluster = connect()

const ask = async (url: string, body?: object): Promise<string> => {
  const headers = { 'content-type': 'application/json' }
  // Its certificate is one of its own making.
  const options = { method: body === undefined ? 'GET' : 'POST', headers, rejectUnauthorized: false }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, options, resolve)
      .once('error', reject)
      .end(body === undefined ? undefined : JSON.stringify(body))
  })
  return text(response)
}

t.test(
  'a changed ConfigMap changes what the running webhook allows; a bad one is reported and changes nothing',
  async t => {
    const namespace = await cluster.namespace(t)
    const config = (text: string) => ({ metadata: { name: 'operator' }, data: { 'config.yaml': text } })
    await cluster.api.create(`${namespace.path}/configmaps`, config('allow: {}\n'))
    const flags = [
      '--config=/etc/podvault/config.yaml',
      `--vault-address=${vaultAddress}`,
      '--kubernetes-version=1.36',
      '--ca-secret=',
    ]
    await namespace.create({
      name: 'webhook',
      containers: [
        {
          name: 'webhook',
          image: 'localhost/podvault:dev',
          args: ['webhook', ...flags],
          volumeMounts: [{ name: 'config', mountPath: '/etc/podvault' }],
        },
      ],
      volumes: [{ name: 'config', configMap: { name: 'operator' } }],
    })
    await namespace.line('webhook', 'webhook', /"msg":"listening"/)
    const pod = await namespace.until('webhook', 'running', isRunning)
    const origin = `https://${pod.status?.podIP}:9443`
    await eventually('readiness', 30, async () => (await ask(`${origin}/readyz`)).startsWith('ok'))
    t.match(
      await ask(`${origin}/readyz`),
      /^ok\nwithout: the ConfigMaps .*forbidden/,
      'its service account may not watch',
    )

    const asking = manifest(app('asking', { role: 'x', secrets: 'A=b#c', address: noVault }, shell(forever)))
    const isAllowed = async (): Promise<boolean> => {
      const { response } = JSON.parse(await ask(`${origin}/mutate`, admissionReview(namespace.name, asking)))
      if (response.allowed !== true) t.match(response.status.message, 'rule allow.addresses')
      return response.allowed
    }
    t.equal(await isAllowed(), false)
    /** The kubelet looks once a minute, and whenever the pod changes. */
    const change = async (text: string) => {
      await cluster.kubectl('-n', namespace.name, 'patch', 'configmap', 'operator', '-p', JSON.stringify(config(text)))
      await cluster.kubectl('-n', namespace.name, 'annotate', '--overwrite', 'pod', 'webhook', `changed=${Date.now()}`)
    }
    await change(`allow:\n  addresses: ["${noVault}"]\n`)
    await eventually('the new rule', 90, isAllowed)
    await change('allow:\n  adresses: []\n')
    await namespace.line(
      'webhook',
      'webhook',
      /"level":"error".*config.yaml:2:3: allow knows no key \\"adresses\\"; did you mean addresses\?; the settings from before/,
      90,
    )
    t.equal(await isAllowed(), true)
    const metrics = await fetch(`http://${pod.status?.podIP}:9402/metrics`).then(async response => response.text())
    t.match(metrics, /^podvault_config_last_reload_successful 0$/m)
    t.match(metrics, /^podvault_config_reloads_total\{result="ok"\} 1$/m)
  },
)
