import t from 'tap'
import {
  hasBegun,
  hooks,
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
  const problems = (texts: Texts, minor: number) => messages(versionProblems(at(texts, minor)))
  t.match(problems({ 'podvault.dev/native-sidecar': 'true' }, 28), [/needs Kubernetes 1.29, this cluster is 1.28/])
  t.strictSame(problems({ 'podvault.dev/native-sidecar': 'true' }, 29), [])
  t.strictSame(problems({ 'podvault.dev/native-sidecar': 'false' }, 20), [])
  t.strictSame(problems({}, 20), [])
})

const restart = { 'podvault.dev/on-change': 'restart' }
const signal = { 'podvault.dev/on-change': 'signal:SIGHUP' }

t.test('a hook that cannot do its work is refused', async t => {
  const problems = (texts: Texts, spec = {}, user: number | undefined = 7) =>
    messages(hooks(wishOf(texts, spec), user).problems)
  t.match(problems({ ...restart, 'podvault.dev/native-sidecar': 'false' }), [/needs a native sidecar/])
  t.match(problems({ ...signal, 'agent-pre-populate-only': 'true' }), [
    /^podvault.dev\/on-change needs the sidecar, which vault.hashicorp.com\/agent-pre-populate-only leaves out$/,
  ])
  t.match(problems(signal, { shareProcessNamespace: false }), [/needs shareProcessNamespace/])
  t.match(messages(hooks(at(restart, 35), 7).problems), [/needs Kubernetes 1.36/])
  t.strictSame(problems(signal), [])
  t.strictSame(problems(restart), [])
  t.strictSame(problems({}), [])
  t.strictSame(problems({ 'podvault.dev/on-change': 'none', 'agent-pre-populate-only': 'true' }), [])
})

t.test('a signal reaches containers of the agent’s own user, as far as that is known', async t => {
  const spec = {
    containers: [{ name: 'app', securityContext: { runAsUser: 8 } }],
    initContainers: [{ name: 'migrate', securityContext: { runAsUser: 9 } }],
  }
  const reached = (user: number | undefined) => hooks(wishOf(signal, spec), user)
  t.match(messages(reached(7).problems), [/cannot reach container "app", which runs as user 8/])
  t.strictSame(reached(8).problems, [])
  t.strictSame(reached(undefined).problems, [])
  t.match(hooks(wishOf(signal), 7).warnings, [/reaches "app" only if it runs as user 7/])
})

t.test('the process namespace is shared where the pod says so, or a signal needs it', async t => {
  const share = (texts: Texts, isNeeded = false, spec = {}) => shareProcessNamespace(wishOf(texts, spec), isNeeded)
  t.strictSame(share({}), { problems: [] })
  t.strictSame(share({ 'agent-share-process-namespace': 'true' }), { share: true, problems: [] })
  t.strictSame(share({ 'agent-share-process-namespace': 'false' }), { share: false, problems: [] })
  t.strictSame(share({ 'agent-share-process-namespace': 'true' }, false, { shareProcessNamespace: true }), {
    problems: [],
  })
  t.strictSame(share({}, true), { share: true, problems: [] })
  t.match(messages(share({ 'agent-share-process-namespace': 'false' }, true).problems), [
    'podvault.dev/on-change: signal needs vault.hashicorp.com/agent-share-process-namespace: "true"',
  ])
  t.strictSame(
    messages(share({ 'agent-share-process-namespace': 'true' }, false, { shareProcessNamespace: false }).problems),
    [
      'error creating new agent sidecar: shareProcessNamespace explicitly disabled on the pod, refusing to enable it (vault.hashicorp.com/agent-share-process-namespace)',
    ],
  )
  t.strictSame(shareProcessNamespace({ ...wishOf({}), pod: {} }, false), { problems: [] })
})

t.test('a pod that runs already has begun', async t => {
  t.ok(hasBegun({ status: { phase: 'Running' } }))
  for (const pod of [{}, { status: {} }, { status: { phase: '' } }, { status: { phase: 'Pending' } }])
    t.notOk(hasBegun(pod))
})
