import t from 'tap'
import type { Pod } from '../../../src/inject/pod.ts'
import { identityOf, modeOf } from '../../../src/inject/vault-k8s/ids.ts'
import { generous, messages, named, wishOf } from '../../fixtures/vault-k8s.ts'

type Spec = Partial<NonNullable<Pod['spec']>>
const ids = (
  texts: Readonly<Record<string, string>>,
  spec: Spec = {},
  engine: 'podvault' | 'vault-agent' = 'podvault',
) => identityOf(wishOf(texts, spec), engine).ids

const app = (securityContext?: object, podContext?: object): Spec => ({
  containers: [{ name: 'app', ...(securityContext && { securityContext }) }],
  ...(podContext && { securityContext: podContext }),
})

t.test('where the app names no user, vault-k8s’s 100 and 1000 hold', async t => {
  t.strictSame(ids({}), { user: 100, group: 1000 })
  t.strictSame(ids({}, app({ runAsUser: 0, runAsGroup: 0 })), { user: 100, group: 1000 })
})

t.test('podvault takes the app’s ids, the container’s before the pod’s; Vault Agent never does', async t => {
  const spec = app({ runAsUser: 7 }, { runAsUser: 8, runAsGroup: 9 })
  t.strictSame(ids({}, spec), { user: 7, group: 9 })
  t.strictSame(ids({}, spec, 'vault-agent'), { user: 100, group: 1000 })
})

t.test('what is said holds; nothing is as good as not said, not root', async t => {
  const spec = app({ runAsUser: 7, runAsGroup: 7 })
  t.strictSame(ids({ 'agent-run-as-user': '5', 'agent-run-as-group': '6' }, spec), { user: 5, group: 6 })
  t.strictSame(ids({ 'agent-run-as-user': '', 'agent-run-as-group': '' }, spec), { user: 7, group: 7 })
  t.strictSame(ids({ 'agent-run-as-user': '' }, spec, 'vault-agent'), { user: 100, group: 1000 })
  t.strictSame(ids({ 'agent-run-as-user': '0' }), { user: 0, group: 1000 })
})

t.test('the same user is the first container’s, or the pod’s', async t => {
  const same = { 'agent-run-as-same-user': 'true', 'agent-run-as-user': '5' }
  t.match(ids(same, app({ runAsUser: 7 }), 'vault-agent'), { user: 7 })
  t.match(ids(same, app(undefined, { runAsUser: 8 }), 'vault-agent'), { user: 8 })
})

t.test('where there is none, or only root, the pod is refused in vault-k8s’s words', async t => {
  const why = (spec: Spec) =>
    messages(identityOf(wishOf({ 'agent-run-as-same-user': 'true' }, spec), 'podvault').problems)
  const annotation = '(vault.hashicorp.com/agent-run-as-same-user)'
  const agent = 'error creating new agent sidecar:'
  const nothing = { ...wishOf({ 'agent-run-as-same-user': 'true' }), pod: {} }
  t.match(messages(identityOf(nothing, 'podvault').problems), [/No containers found/])
  t.strictSame(why({ containers: [] }), [`${agent} No containers found in Pod Spec ${annotation}`])
  t.strictSame(why(app()), [`${agent} No SecurityContext found for Container 0 ${annotation}`])
  t.strictSame(why(app({})), [`${agent} RunAsUser is nil for Container 0's SecurityContext ${annotation}`])
  t.strictSame(why(app({ runAsUser: 0 })), [`${agent} container not allowed to run as root ${annotation}`])
})

t.test('no user at all where the pod wants none, unless the operator wants none and the pod names one', async t => {
  t.equal(ids({ 'agent-set-security-context': 'false' }), undefined)
  t.equal(ids({ 'agent-set-security-context': 'false', 'agent-run-as-user': '5' }), undefined)
  const operator = { ...generous, inherited: named({ 'agent-set-security-context': 'false' }) }
  t.equal(identityOf(wishOf({}, {}, operator), 'podvault').ids, undefined)
  const group = { ...operator, defaults: named({ 'agent-run-as-group': '5' }) }
  t.equal(identityOf(wishOf({}, {}, group), 'podvault').ids, undefined, 'the operator’s own ids say nothing here')
  t.match(identityOf(wishOf({ 'agent-run-as-group': '5' }, {}, operator), 'podvault').ids, { user: 100, group: 5 })
})

t.test('as few as possible may read the files', async t => {
  const mode = (spec: Spec, texts = {}) => {
    const wish = wishOf(texts, spec)
    return modeOf(wish, identityOf(wish, 'podvault').ids)
  }
  t.equal(mode(app({ runAsUser: 7 })), 0o400)
  t.equal(mode(app()), 0o444)
  t.equal(mode(app(undefined, { fsGroup: 5 })), 0o440)
  t.equal(mode(app({ runAsUser: 7 }), { 'agent-set-security-context': 'false' }), 0o444)
  t.equal(
    mode({ ...app({ runAsUser: 7 }), initContainers: [{ name: 'migrate' }] }),
    0o444,
    'init containers read them too',
  )
})
