import t from 'tap'
import { filesOf } from '../../src/inject/files.ts'
import { hooksOf } from '../../src/inject/hooks.ts'
import type { Pod } from '../../src/inject/pod.ts'
import type { Texts } from '../../src/inject/settings.ts'
import { knowing, podWith, read } from '../fixtures/pods.ts'

type Spec = Partial<NonNullable<Pod['spec']>>
const hooks = (annotations: Texts, spec: Spec = {}, minor = 36) => {
  const { intent } = read(annotations)
  const pod = podWith({}, spec)
  const files = filesOf(intent, 'default', knowing({})).known
  return hooksOf(intent, files, {
    pod,
    selected: pod.spec?.containers ?? [],
    user: 65532,
    kubernetes: { major: 1, minor },
  })
}
const messages = (...parameters: Parameters<typeof hooks>) =>
  hooks(...parameters).problems.map(({ message }) => message)
const known = { securityContext: { runAsUser: 65532 } } as const

t.test('a pod that asks for no hook gets nothing', async t => {
  t.strictSame(hooks({}), { problems: [], warnings: [], shareProcessNamespace: false, restart: false })
})

t.test('http needs nothing of the pod', async t => {
  t.strictSame(hooks({ 'on-change': 'http:POST http://127.0.0.1:8080/' }), hooks({}))
})

t.test('a signal needs one process namespace, which is shared where the pod says nothing', async t => {
  const signal = { 'on-change': 'signal:SIGHUP' }
  t.match(hooks(signal, known), { problems: [], warnings: [], shareProcessNamespace: true })
  t.equal(hooks(signal, { ...known, shareProcessNamespace: true }).shareProcessNamespace, false, 'it is shared already')
  t.strictSame(messages(signal, { ...known, shareProcessNamespace: false }), [
    'on-change: signal needs shareProcessNamespace, which the pod sets to false; remove that, or choose http',
  ])
  t.strictSame(messages(signal, { ...known, hostPID: true }), [
    "on-change: signal cannot tell the pod's processes from the node's under hostPID; choose http",
  ])
})

t.test('a signal reaches only processes of our own user', async t => {
  const signal = { 'on-change': 'signal:SIGHUP' }
  t.strictSame(messages(signal, { containers: [{ name: 'root', securityContext: { runAsUser: 0 } }] }), [
    'on-change: signal cannot reach container "root", which runs as user 0 and podvault as 65532; give both one user, or choose http',
  ])
  t.strictSame(messages(signal, { ...known, containers: [{ name: 'a', securityContext: { runAsUser: 7 } }] }).length, 1)
  t.strictSame(hooks(signal).warnings, [
    'on-change: signal reaches "app" only if it runs as user 65532; set its runAsUser',
  ])
})

t.test('restart needs Kubernetes 1.36 and a native sidecar', async t => {
  t.match(hooks({ 'on-change': 'restart' }), { problems: [], restart: true, shareProcessNamespace: false })
  t.strictSame(messages({ 'on-change': 'restart', 'native-sidecar': 'false' }, {}, 35), [
    'on-change: restart needs Kubernetes 1.36, this cluster is 1.35; choose a signal or http',
    'on-change: restart needs a native sidecar; remove podvault.dev/native-sidecar: "false"',
  ])
})

t.test('without a sidecar nobody would see a change', async t => {
  t.strictSame(messages({ 'on-change': 'http:GET http://localhost/', renew: 'false' }), [
    'on-change needs the sidecar, which podvault.dev/renew: "false" leaves out; drop one of them',
  ])
})

t.test('a secret’s own hook asks the same of the pod', async t => {
  const secrets = 'secrets: [{path: a/b, env: {A: k}, on-change: restart}]'
  t.equal(hooks({ secrets }).restart, true)
  t.equal(messages({ secrets }, {}, 35).length, 1)
})
