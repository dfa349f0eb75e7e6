import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { review } from '../../src/cli/review.ts'
import { review as reviewBody } from '../../src/webhook/review.ts'
import { run } from '../fixtures/io.ts'
import { podWith, settings } from '../fixtures/pods.ts'
import { reviewOf, uid } from '../fixtures/reviews.ts'

const flags = ['--vault-address', 'https://vault.example.com:8200']

t.test('answers an AdmissionReview as the webhook does', async t => {
  const { code, stdout, stderr } = await run(review, flags, { stdin: JSON.stringify(reviewOf()) })
  t.match([code, stderr], [0, ''])
  t.match(reviewBody(reviewOf(), settings), { text: stdout.trimEnd() })
})

t.test('exits 0 for a refusal too: there is an answer', async t => {
  const { code, stdout } = await run(review, flags, { stdin: JSON.stringify(reviewOf(podWith({ rol: 'x' }))) })
  t.equal(code, 0)
  t.match(JSON.parse(stdout), { response: { uid, allowed: false } })
})

t.test('takes the manifest of a Pod, in YAML too, as one about to be created in its namespace', async t => {
  const pod = podWith()
  t.match(JSON.parse((await run(review, flags, { stdin: stringify(pod) })).stdout), {
    response: { allowed: true, patchType: 'JSONPatch' },
  })
  const elsewhere = { ...pod, metadata: { ...pod.metadata, namespace: 'kube-system' } }
  const { stdout } = await run(review, flags, { stdin: JSON.stringify(elsewhere) })
  t.match(JSON.parse(stdout), { response: { auditAnnotations: { reason: 'system-namespace' } } })
  const bare = await run(review, flags, { stdin: 'kind: Pod\nspec: {containers: []}\n' })
  t.match(JSON.parse(bare.stdout), { response: { auditAnnotations: { reason: 'not-requested' } } })
})

t.test('heeds the version, the image and the operator’s file', async t => {
  const stdin = JSON.stringify(reviewOf())
  const old = await run(review, [...flags, '--kubernetes-version', '1.34'], { stdin })
  t.match(JSON.parse(old.stdout).response.status.message, '1.34')
  const config = join(
    t.testdir({ 'config.yaml': 'image: example.com/podvault:9\nvault-address: http://v:8200\n' }),
    'config.yaml',
  )
  const { stdout } = await run(review, ['--config', config], { stdin })
  t.match(Buffer.from(JSON.parse(stdout).response.patch, 'base64').toString(), 'example.com/podvault:9')
  const env = { PODVAULT_VAULT_ADDRESS: 'http://from-env:8200' }
  const { stdout: fromEnv } = await run(review, [], { stdin, env })
  t.match(Buffer.from(JSON.parse(fromEnv).response.patch, 'base64').toString(), 'http://from-env:8200')
})

t.test('what it cannot read is a sentence', async t => {
  await t.rejects(run(review, flags, { stdin: '{"a": [' }), {
    code: 'usage',
    message: 'stdin is neither JSON nor YAML',
  })
  for (const stdin of ['', '7', 'kind: Deployment'])
    await t.rejects(run(review, flags, { stdin }), { code: 'usage', message: /^stdin: the body/, hint: /a Pod/ })
})

t.test('ConfigMaps beside the pod are known', async t => {
  const metadata = { name: 'web', labels: { 'podvault.dev/secrets-file': 'true' } }
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'web.secrets': 'LATER=app/later#key' } }
  const stdin = `${stringify(configMap)}---\n${stringify(podWith({ 'secrets-file': 'web' }))}---\n`
  const { stdout } = await run(review, flags, { stdin })
  t.match(Buffer.from(JSON.parse(stdout).response.patch, 'base64').toString(), '"key":"LATER"')
})

t.test('two pods are one too many', async t => {
  const stdin = `${stringify(podWith())}---\n${stringify(podWith())}`
  await t.rejects(run(review, flags, { stdin }), { code: 'usage', message: /more than one thing/ })
})

t.test('has help', async t => {
  t.match(await run(review, ['--help']), { code: 0, stdout: /--kubernetes-version/ })
})
