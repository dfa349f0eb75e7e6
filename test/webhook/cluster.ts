import t from 'tap'
import { apiServerIn } from '../../src/webhook/api-server.ts'
import { askVersion, assumedVersion, namespaceIn } from '../../src/webhook/cluster.ts'
import { fakeCluster } from '../fixtures/api-server.ts'

t.test('asks the API server for its version', async t => {
  const { api, seen } = await fakeCluster(t, (_request, response) =>
    response.end('{"major":"1","minor":"36+","gitVersion":"v1.36.2"}'),
  )
  t.same(await askVersion(api), { major: 1, minor: 36 })
  t.same(seen, ['GET /version'])
  t.same(assumedVersion, { major: 1, minor: 36 })
})

t.test('an API server that does not tell its version stops the start', async t => {
  const answers: readonly (readonly [number, string, RegExp])[] = [
    [403, '{}', /^the API server at 127.0.0.1:\d+ does not tell its version: it answers with status 403/],
    [200, 'no JSON', /does not tell its version/],
    [200, '[]', /holds no major and minor version/],
    [200, '{"major":"x"}', /holds no major and minor version/],
    [200, '{"major":"1"}', /holds no major and minor version/],
  ]
  for (const [status, body, message] of answers) {
    const { api } = await fakeCluster(t, (_request, response) => response.writeHead(status).end(body))
    await t.rejects(askVersion(api), { code: 'failed', message, hint: 'set --kubernetes-version' })
  }
  const nobody = apiServerIn({ KUBERNETES_SERVICE_HOST: 'h', KUBERNETES_SERVICE_PORT: '1' }, '/nowhere')
  await t.rejects(async () => nobody && askVersion(nobody), { message: /ENOENT/ })
})

t.test('the namespace is the one of the pod, or the one of the manifests', async t => {
  t.equal(namespaceIn(t.testdir({ namespace: 'team\n' })), 'team')
  t.equal(namespaceIn('/nowhere'), 'podvault')
})
