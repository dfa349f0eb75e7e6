import { PassThrough } from 'node:stream'
import t from 'tap'
import { apiServerIn } from '../../src/webhook/api-server.ts'
import { assumedVersion, learnVersion, namespaceIn } from '../../src/webhook/cluster.ts'
import { createLog } from '../../src/log.ts'
import { fakeCluster } from '../fixtures/api-server.ts'

const asking = (stop = new AbortController().signal) => {
  const stream = new PassThrough()
  const lines = (): readonly string[] =>
    String(stream.read() ?? '')
      .split('\n')
      .slice(0, -1)
  return { log: createLog(stream), stop, random: () => 0, lines }
}

t.test('asks the API server for its version', async t => {
  const { api, seen } = await fakeCluster(t, (_request, response) =>
    response.end('{"major":"1","minor":"36+","gitVersion":"v1.36.2"}'),
  )
  const parts = asking()
  t.same(await learnVersion(api, parts), { major: 1, minor: 36 })
  t.same(seen, ['GET /version'])
  t.same(parts.lines(), [])
  t.same(assumedVersion, { major: 1, minor: 36 })
})

t.test('an API server that does not tell its version is asked again until it does', async t => {
  const answers: (readonly [number, string])[] = [
    [403, '{}'],
    [200, 'no JSON'],
    [200, '[]'],
    [200, '{"major":"x"}'],
    [200, '{"major":"1"}'],
    [200, '{"major":"1","minor":"35"}'],
  ]
  const { api } = await fakeCluster(t, (_request, response) => {
    const [status, body] = answers.shift() ?? [500, '']
    response.writeHead(status).end(body)
  })
  const parts = asking()
  t.same(await learnVersion(api, parts), { major: 1, minor: 35 })
  const lines = parts.lines()
  t.equal(lines.length, 5)
  for (const line of lines)
    t.match(line, /the API server at 127.0.0.1:\d+ does not tell its version: .*; it is asked again/)
  t.match(lines[0], /status 403/)
  t.match(lines[4], /holds no major and minor version/)
})

t.test('it is asked until podvault is told to stop', async t => {
  const nobody = apiServerIn({ KUBERNETES_SERVICE_HOST: 'h', KUBERNETES_SERVICE_PORT: '1' }, '/nowhere')
  const stop = new AbortController()
  const parts = asking(stop.signal)
  const asked = nobody && learnVersion(nobody, { ...parts, random: () => (stop.abort(), 0) })
  t.equal(await asked, undefined)
  t.match(parts.lines(), [/ENOENT/])
})

t.test('the namespace is the one of the pod, or the one of the manifests', async t => {
  t.equal(namespaceIn(t.testdir({ namespace: 'team\n' })), 'team')
  t.equal(namespaceIn('/nowhere'), 'podvault')
})
