import t from 'tap'
import { app, asks, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { hasSucceeded, isReady, manifest } from './namespace.ts'

const cluster = connect()
const policy = 'path "secret/data/policies" { capabilities = ["read"] }'
const secrets = 'VERSION 2\nMOUNT secret\nPASSWORD=policies#password'
const check = '[ "$PASSWORD" = kept ] || exit 1'

t.before(async () => cluster.vault.write('secret/data/policies', { data: { password: 'kept' } }))

t.test('a Job with the sidecar completes', async t => {
  const namespace = await cluster.namespace(t, { policy })
  const template = {
    metadata: { annotations: asks({ role: namespace.name, secrets }) },
    spec: { restartPolicy: 'Never', containers: [shell(check)] },
  }
  const jobs = `/apis/batch/v1/namespaces/${namespace.name}/jobs`
  await cluster.api.create(jobs, { metadata: { name: 'job' }, spec: { backoffLimit: 0, template } })
  type Job = { readonly object: { readonly status: { readonly succeeded?: number; readonly failed?: number } } }
  const status = await cluster.api.follow(`${jobs}?watch=1`, 'the end of the Job', line => {
    const { object } = JSON.parse(line) as Job
    return (object.status.succeeded ?? object.status.failed) === undefined ? undefined : object.status
  })
  t.equal(status.succeeded, 1)
})

t.test('a namespace that enforces Pod Security "restricted" accepts and runs the pod', async t => {
  const namespace = await cluster.namespace(t, {
    policy,
    labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
  })
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
  await namespace.create({
    ...app('strict', { role: namespace.name, secrets }, { ...shell(check), securityContext }),
    restartPolicy: 'Never',
    securityContext: { runAsNonRoot: true, runAsUser: 1234, seccompProfile: { type: 'RuntimeDefault' } },
  })
  t.ok(await namespace.until('strict', 'completion', hasSucceeded))
})

t.test('the same namespace refuses the pod when only its own container breaks the rules', async t => {
  const namespace = await cluster.namespace(t, { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } })
  const pod = manifest(app('loose', { role: namespace.name, secrets }, shell(check)))
  await t.rejects(cluster.api.create(`${namespace.path}/pods`, pod), {
    message: /violates PodSecurity(?!.*podvault-(login|renew))/,
  })
})

t.test('a pod that does not mount its service account token gets its secrets all the same', async t => {
  const namespace = await cluster.namespace(t, { policy })
  const script = `${check}; [ ! -e /var/run/secrets/kubernetes.io ] || exit 2`
  await namespace.create({
    ...app('tokenless', { role: namespace.name, secrets }, shell(script)),
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
  })
  t.ok(await namespace.until('tokenless', 'completion', hasSucceeded))
})

t.test('a role that does not exist fails the pod at once, with a sentence that names it', async t => {
  const namespace = await cluster.namespace(t)
  await namespace.create({
    ...app('wrong', { role: 'nobody', secrets }, shell(check)),
    restartPolicy: 'Never',
  })
  const failed = await namespace.until('wrong', 'failure', pod => pod.status?.phase === 'Failed')
  const login = failed.status?.initContainerStatuses?.find(({ name }) => name === 'podvault-login')
  t.match(login?.state?.terminated?.message, /role.*nobody/)
  t.not(isReady(failed), true)
})
