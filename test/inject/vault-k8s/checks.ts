import t from 'tap'
import {
  hasBegun,
  hookProblems,
  isNativeSidecar,
  shareProcessNamespace,
  versionProblems,
} from '../../../src/inject/vault-k8s/checks.ts'
import { generous, messages, wishOf } from '../../fixtures/vault-k8s.ts'

type Texts = Readonly<Record<string, string>>
const at = (texts: Texts, minor: number, major = 1) => wishOf(texts, {}, { ...generous, kubernetes: { major, minor } })

t.test('the sidecar is a native one where the cluster knows them and the pod wants no other', async t => {
  t.ok(isNativeSidecar(at({}, 29)))
  t.ok(isNativeSidecar(at({}, 0, 2)))
  t.notOk(isNativeSidecar(at({}, 28)))
  t.notOk(isNativeSidecar(at({ 'podvault.dev/native-sidecar': 'false' }, 36)))
})

t.test('what the cluster cannot do is refused where the pod insists', async t => {
  const problems = (texts: Texts, minor: number, major = 1) => messages(versionProblems(at(texts, minor, major)))
  t.match(problems({ 'podvault.dev/native-sidecar': 'true' }, 28), [/needs Kubernetes 1.29, this cluster is 1.28/])
  t.match(problems({ 'podvault.dev/on-change': 'restart' }, 35), [/needs Kubernetes 1.36, this cluster is 1.35/])
  t.strictSame(problems({ 'podvault.dev/on-change': 'restart', 'podvault.dev/native-sidecar': 'true' }, 36), [])
  t.strictSame(problems({ 'podvault.dev/on-change': 'signal:SIGHUP' }, 20), [])
  t.strictSame(problems({}, 20, 0), [])
})

t.test('a hook that cannot do its work is refused', async t => {
  const problems = (texts: Texts, spec = {}) => messages(hookProblems(wishOf(texts, spec)))
  const restart = { 'podvault.dev/on-change': 'restart' }
  const signal = { 'podvault.dev/on-change': 'signal:SIGHUP' }
  t.match(problems({ ...restart, 'podvault.dev/native-sidecar': 'false' }), [/needs a native sidecar/])
  t.match(problems({ ...signal, 'agent-pre-populate-only': 'true' }), [/needs the sidecar/])
  t.match(problems(signal, { shareProcessNamespace: false }), [/explicitly disables/])
  t.match(problems({ ...signal, 'agent-share-process-namespace': 'false' }), [/explicitly disables/])
  t.strictSame(problems(signal), [])
  t.strictSame(problems(restart), [])
  t.strictSame(problems({ 'podvault.dev/on-change': 'none', 'agent-pre-populate-only': 'true' }), [])
})

t.test('the process namespace is shared where the pod says so, or a signal needs it', async t => {
  const share = (texts: Texts, spec = {}, engine: 'podvault' | 'vault-agent' = 'podvault') =>
    shareProcessNamespace(wishOf(texts, spec), engine)
  t.strictSame(share({}), { problems: [] })
  t.strictSame(share({ 'agent-share-process-namespace': 'true', 'agent-pre-populate': 'false' }), {
    share: true,
    problems: [],
  })
  t.strictSame(share({ 'agent-share-process-namespace': 'false' }), { share: false, problems: [] })
  t.strictSame(share({ 'agent-share-process-namespace': 'true' }, { shareProcessNamespace: true }), { problems: [] })
  t.strictSame(share({ 'podvault.dev/on-change': 'signal:SIGHUP' }), { share: true, problems: [] })
  t.strictSame(share({ 'podvault.dev/on-change': 'signal:SIGHUP' }, {}, 'vault-agent'), { problems: [] })
  t.strictSame(
    messages(share({ 'agent-share-process-namespace': 'true' }, { shareProcessNamespace: false }).problems),
    [
      'error creating new agent sidecar: shareProcessNamespace explicitly disabled on the pod, refusing to enable it (vault.hashicorp.com/agent-share-process-namespace)',
    ],
  )
  t.strictSame(shareProcessNamespace({ ...wishOf({}), pod: {} }, 'podvault'), { problems: [] })
  t.strictSame(hookProblems({ ...wishOf({ 'podvault.dev/on-change': 'signal:SIGHUP' }), pod: {} }), [])
})

t.test('a pod that runs already has begun', async t => {
  t.ok(hasBegun({ status: { phase: 'Running' } }))
  for (const pod of [{}, { status: {} }, { status: { phase: '' } }, { status: { phase: 'Pending' } }])
    t.notOk(hasBegun(pod))
})
