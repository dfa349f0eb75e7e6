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
  t.match(stderr, /Pod default\/plain: skipped: the pod does not carry podvault.dev\/inject: "true"\n/)
  t.equal(parseAllDocuments(stdout).length, 4)
})

t.test('when anything is refused nothing is written, and every problem is said', async t => {
  const { code, stdout, stderr } = await run(inject, flags, { stdin: `${asking}---\n${refused}` })
  t.match([code, stdout], [3, ''])
  t.match(stderr, 'Pod default/web: refused\n  there is no annotation "podvault.dev/rol"')
  t.match(stderr, '\n  podvault.dev/renew is "maybe"')
  t.match(stderr, /nothing is written to stdout: 1 of 2 workloads are refused\n$/)
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
