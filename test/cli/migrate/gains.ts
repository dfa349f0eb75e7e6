import t from 'tap'
import { gainsOf } from '../../../src/cli/migrate/gains.ts'
import type { Pod } from '../../../src/inject/pod.ts'
import type { Engine } from '../../../src/inject/settings.ts'
import { readVaultK8s } from '../../../src/inject/vault-k8s/read.ts'
import { asking, stage } from '../../fixtures/migrations.ts'

const gains = (
  more: Readonly<Record<string, string>>,
  spec: Partial<NonNullable<Pod['spec']>> = {},
  kind = 'Deployment',
  engine: Engine = 'podvault',
): readonly string[] => {
  const texts = asking(more)
  return gainsOf({ ...stage(texts, spec), kind, engine, read: readVaultK8s([{ origin: 'pod', texts }]) })
}

t.test('an ordinary pod with static secrets has nothing of its own to gain', async t => {
  t.same(gains({}), [])
  t.same(gainsOf({ pod: {}, kind: 'Pod', engine: 'podvault', read: readVaultK8s([]) }), [])
})

t.test('what is to end ends, unless it has no sidecar anyway', async t => {
  for (const kind of ['Job', 'CronJob']) t.match(gains({}, {}, kind), [/^it ends when/])
  t.match(gains({}, { restartPolicy: 'Never' }), [/^it ends when/])
  t.same(gains({ 'agent-pre-populate-only': 'true' }, {}, 'Job'), [])
})

t.test('credentials that are made for whoever asks are read once, by the path or by the template', async t => {
  t.match(gains({ 'agent-inject-secret-db': 'database/creds/web' }), [/^one lease for database\/creds\/web: /])
  const template = '{{ with secret "pki/issue/web" "ttl=1h" }}{{ .Data.certificate }}{{ end }}'
  t.match(gains({ 'agent-inject-template-tls': template }), [/^one lease for pki\/issue\/web: /])
  t.same(gains({ 'agent-inject-template-tls': 'nothing is asked' }), [])
  for (const key of ['agent-pre-populate-only', 'agent-cache-enable'])
    t.same(gains({ 'agent-inject-secret-db': 'database/creds/web', [key]: 'true' }), [])
  t.same(gains({ 'agent-inject-secret-db': 'database/creds/web', 'agent-pre-populate': 'false' }), [])
  t.same(gains({ 'agent-inject-secret-db': 'database/creds/web' }, {}, 'Deployment', 'vault-agent'), [])
})

t.test('a pod that mounts no service account token is admitted', async t => {
  t.match(gains({}, { automountServiceAccountToken: false }), [/^it is admitted: /])
  const named = { 'agent-service-account-token-volume-name': 'token' }
  t.same(gains(named, { automountServiceAccountToken: false }), [])
})

t.test('values that vault-k8s takes for something else', async t => {
  t.match(gains({ 'agent-inject-containers': 'a, b' }), [/^blanks in agent-inject-containers/])
  t.same(gains({ 'agent-inject-containers': 'a,b' }), [])
  t.match(gains({ 'agent-run-as-group': '' }), [/is the default, not root/])
  const sharing = { 'agent-share-process-namespace': 'true' }
  t.match(gains({ ...sharing, 'agent-pre-populate': 'false' }), [/^agent-share-process-namespace holds/])
  t.same(gains(sharing), [])
})

t.test('a token is revoked through every kind of connection', async t => {
  const revoked = { 'agent-revoke-on-shutdown': 'true' }
  for (const key of ['tls-server-name', 'namespace'])
    t.match(gains({ ...revoked, [key]: 'a' }), [/^its token is revoked/])
  t.match(gains({ ...revoked, 'tls-skip-verify': 'true' }), [/^its token is revoked/])
  t.same(gains(revoked), [])
  t.same(gains({ ...revoked, namespace: 'a' }, {}, 'Deployment', 'vault-agent'), [])
})

t.test("the login stays behind a mesh's sidecar", async t => {
  const initContainers = [{ name: 'istio-proxy', restartPolicy: 'Always' }]
  t.match(gains({ 'agent-init-first': 'true' }, { initContainers }), [/^agent-init-first stays behind/])
  t.same(gains({ 'agent-init-first': 'true' }), [])
})
