import t from 'tap'
import { stringify } from 'yaml'
import { explain } from '../../src/cli/explain.ts'
import { run } from '../fixtures/io.ts'
import { fakeKubectl } from '../fixtures/kubectl.ts'
import { podWith } from '../fixtures/pods.ts'

const flags = ['--vault-address', 'https://vault.example.com:8200']

t.test('explains the pods of manifests, in text or as JSON', async t => {
  const stdin = `${stringify(podWith())}---\n${stringify(podWith({ rol: 'x' }))}`
  const { code, stdout } = await run(explain, flags, { stdin })
  t.equal(code, 0)
  t.match(stdout, /^Pod default\/web: injected: [^]*\n\nPod default\/web: refused \([a-z-]+\): /)
  const json = JSON.parse((await run(explain, [...flags, '--output', 'json', '-n', 'shop'], { stdin })).stdout)
  t.match(json, [
    { namespace: 'shop', verdict: 'injected', added: {} },
    { verdict: 'refused', problems: [/rol/] },
  ])
  t.match((await run(explain, [...flags, '--all'], { stdin })).stdout, 'podvault.dev/ca-secret')
})

t.test('ConfigMaps of the same manifests are known', async t => {
  const metadata = { name: 'web', labels: { 'podvault.dev/secrets-file': 'true' } }
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'web.secrets': 'LATER=app/later#key' } }
  const stdin = `${stringify(configMap)}---\n${stringify(podWith({ 'secrets-file': 'web' }))}`
  t.match((await run(explain, flags, { stdin })).stdout, /variable +app +LATER/)
})

t.test('where there is no pod it says so', async t => {
  t.same(await run(explain, flags, { stdin: 'kind: Service\n' }), {
    code: 0,
    stdout: '',
    stderr: 'there is no pod and no pod template\n',
  })
  t.equal((await run(explain, [...flags, '-o', 'json'], { stdin: '' })).stdout, '[]\n')
})

t.test('a live pod and a file do not go together', async t => {
  await t.rejects(run(explain, ['web', '-f', 'x.yaml']), { code: 'usage', message: /not both/ })
})

t.test('live pods are read through kubectl', async t => {
  const pod = { ...podWith(), metadata: { ...podWith().metadata, namespace: 'shop' } }
  const env = fakeKubectl(t.testdir(), { 'get pod/web': pod })
  t.match((await run(explain, [...flags, 'web'], { env })).stdout, /^Pod shop\/web: not injected; [^]*not known\n/)
})

t.test('has help', async t => {
  t.match(await run(explain, ['--help']), { code: 0, stdout: /podvault explain -n shop deployment\/web/ })
})
