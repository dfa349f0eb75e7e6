import { once } from 'node:events'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { askVersion, assumedVersion, namespaceIn } from '../../src/webhook/cluster.ts'
import { makeCertificates } from '../../src/webhook/make-certificates.ts'

const { caCert, cert, key } = await makeCertificates(['127.0.0.1'], new Date(), 1)

/** What a pod has of its cluster: the environment, and the folder of its service account. */
const clusterAnswering = async (t: Test, status: number, body: string) => {
  const seen: string[] = []
  const server = https.createServer({ cert, key }, (request, response) => {
    seen.push(`${request.url} ${request.headers.authorization}`)
    response.writeHead(status).end(body)
  })
  server.listen(0, '127.0.0.1')
  t.teardown(() => server[Symbol.asyncDispose]())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const folder = t.testdir({ 'ca.crt': caCert, token: 'the-token\n', namespace: 'team\n' })
  return { env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) }, folder, seen }
}

t.test('asks the API server, as the pod’s service account', async t => {
  const { env, folder, seen } = await clusterAnswering(t, 200, '{"major":"1","minor":"36+","gitVersion":"v1.36.2"}')
  t.same(await askVersion(env, folder), { major: 1, minor: 36 })
  t.same(seen, ['/version Bearer the-token'])
})

t.test('outside a cluster there is nobody to ask', async t => {
  t.equal(await askVersion({}, '/nowhere'), undefined)
  t.equal(await askVersion({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, '/nowhere'), undefined)
  t.same(assumedVersion, { major: 1, minor: 36 })
})

t.test('an API server that does not tell its version stops the start', async t => {
  const answers: readonly (readonly [number, string, RegExp])[] = [
    [403, '{}', /does not tell its version: it answers with status 403/],
    [200, 'no JSON', /does not tell its version/],
    [200, '{"major":"x"}', /holds no major and minor version/],
    [200, '{"major":"1"}', /holds no major and minor version/],
  ]
  for (const [status, body, message] of answers) {
    const { env, folder } = await clusterAnswering(t, status, body)
    await t.rejects(askVersion(env, folder), { code: 'failed', message, hint: 'set --kubernetes-version' })
  }
  await t.rejects(askVersion({ KUBERNETES_SERVICE_HOST: 'h', KUBERNETES_SERVICE_PORT: '1' }, '/nowhere'), {
    message: /ENOENT/,
  })
})

t.test('the namespace is the one of the pod, or the one of the manifests', async t => {
  t.equal(namespaceIn(t.testdir({ namespace: 'team\n' })), 'team')
  t.equal(namespaceIn('/nowhere'), 'podvault')
})
