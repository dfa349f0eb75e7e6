import { join } from 'node:path'
import t from 'tap'
import { parseAllDocuments, stringify } from 'yaml'
import { inject } from '../../src/cli/inject.ts'
import { run } from '../fixtures/io.ts'
import { podWith } from '../fixtures/pods.ts'

const flags = ['--vault-address', 'https://vault.example.com:8200']
const asking = stringify(podWith())
const refused = stringify(podWith({ rol: 'web', renew: 'maybe' }))
const silent = 'apiVersion: v1\nkind: Pod\nmetadata: {name: plain}\nspec: {containers: [{name: app}]}'

t.test('reads stdin, writes the manifest to stdout and the report to stderr', async t => {
  const { code, stdout, stderr } = await run(inject, flags, { stdin: asking })
  t.equal(code, 0)
  t.match(parseAllDocuments(stdout)[0]?.toJS(), {
    spec: { initContainers: [{ name: 'podvault-login' }, { name: 'podvault-renew' }] },
  })
  t.equal(stderr, 'Pod default/web: injected: the pod gets its secrets\n')
})

t.test('several files become one stream of documents', async t => {
  const dir = t.testdir({ 'one.yaml': silent, 'two.yaml': `---\n${silent}\n`, 'three.yaml': silent })
  const files = ['one', 'two', 'three'].map(name => join(dir, `${name}.yaml`))
  const { stdout, stderr } = await run(
    inject,
    [...flags, '-f', files[0] ?? '', files[1] ?? '', '-f', files[2] ?? '', '-f', '-'],
    { stdin: asking },
  )
  t.ok(stdout.startsWith(`${silent}\n---\n${silent}\n---\n${silent}\n---\n`))
  t.match(stderr, /Pod default\/plain: skipped: the pod carries neither podvault.dev\/inject/)
  t.equal(parseAllDocuments(stdout).length, 4)
})

t.test('when anything is refused nothing is written, and every problem is said', async t => {
  const { code, stdout, stderr } = await run(inject, flags, { stdin: `${asking}---\n${refused}` })
  t.match([code, stdout], [3, ''])
  t.match(stderr, 'Pod default/web: refused\n  there is no annotation "podvault.dev/rol"')
  t.match(stderr, '\n  podvault.dev/renew is "maybe"')
  t.match(stderr, /nothing is written: 1 of 2 workloads are refused\n$/)
})

t.test('warnings stand below their workload', async t => {
  const pod = podWith()
  const { stderr } = await run(inject, flags, {
    stdin: stringify({ ...pod, metadata: { annotations: pod.metadata?.annotations, namespace: 'kube-system' } }),
  })
  t.match(stderr, /^Pod kube-system\/\(no name\): skipped: .*\n  warning: podvault leaves pods/)
})

t.test('heeds the version of Kubernetes', async t => {
  const { code, stderr } = await run(inject, [...flags, '--kubernetes-version', '1.33'], { stdin: asking })
  t.equal(code, 3)
  t.match(stderr, 'this cluster is 1.33')
})

t.test('a file that is not there is a sentence', async t => {
  await t.rejects(run(inject, ['-f', '/nowhere.yaml']), { code: 'usage', message: /a manifest cannot be read: ENOENT/ })
})

t.test('has help', async t => {
  t.match(await run(inject, ['--help']), { code: 0, stdout: /kubectl apply -f -/ })
})

t.test('a ConfigMap of the same manifests is known: its variables reach the environment', async t => {
  const labels = { 'podvault.dev/secrets-file': 'true' }
  const configMap = stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'web', labels },
    data: { 'web.secrets': 'LATER=app/later#key' },
  })
  const pod = stringify(podWith({ 'secrets-file': 'web' }))
  const known = await run(inject, flags, { stdin: `${configMap}---\n${pod}` })
  t.match(known.stdout, /fileKeyRef:\n +volumeName: podvault-secrets\n +path: env\n +key: LATER/)
  t.notMatch(known.stderr, /warning/)
  const unknown = await run(inject, flags, { stdin: pod })
  t.notMatch(unknown.stdout, /LATER/)
  t.match(unknown.stderr, /warning: ConfigMap "web" lacks the label/)
  const elsewhere = await run(inject, [...flags, '-n', 'shop'], { stdin: `${configMap}---\n${pod}` })
  t.match(elsewhere.stdout, /key: LATER/, 'both are in the namespace that is told')
})

t.test('the namespace of a manifest counts, and else the one that is told', async t => {
  const { stderr } = await run(inject, [...flags, '-n', 'kube-system'], { stdin: asking })
  t.match(stderr, /^Pod kube-system\/web: skipped/)
})

t.test('further kinds are injected where --pod-path says', async t => {
  const stdin = stringify({ apiVersion: 'example.com/v1', kind: 'Db', metadata: { name: 'x' }, pods: podWith() })
  t.match(await run(inject, flags, { stdin }), { stdout: stdin, stderr: '' })
  const { stdout, stderr } = await run(inject, [...flags, '--pod-path', 'example.com/Db=.pods'], { stdin })
  t.match(stderr, 'Db default/x: injected')
  t.match(stdout, 'podvault-login')
})
