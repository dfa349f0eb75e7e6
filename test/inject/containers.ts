import t from 'tap'
import { loginContainer, renewContainer } from '../../src/inject/containers.ts'

const plain = { image: 'podvault:1', config: '{}', ids: { user: 1000, group: 2000 }, resources: {}, mounts: [] }
const native = { native: true, restart: false }

t.test('login is an init container, renew a native sidecar, each restricted by construction', async t => {
  const login = loginContainer('podvault-login', plain)
  const renew = renewContainer('podvault-renew', plain, native)
  t.strictSame([login?.name, login?.args, login?.restartPolicy], ['podvault-login', ['login'], undefined])
  t.strictSame([renew?.name, renew?.args, renew?.restartPolicy], ['podvault-renew', ['renew'], 'Always'])
  for (const container of [login, renew]) {
    t.equal(container?.terminationMessagePolicy, 'FallbackToLogsOnError')
    t.strictSame(container?.securityContext, {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 2000,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    })
  }
})

t.test(
  'a classic sidecar is a container like any other, and one that restarts all says by which exit code',
  async t => {
    const spec = { ...plain, ids: undefined }
    t.notOk('restartPolicy' in renewContainer('r', spec, { native: false, restart: false }))
    t.strictSame(renewContainer('r', spec, { native: true, restart: true }).restartPolicyRules, [
      { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [88] } },
    ])
    t.notOk('runAsUser' in (loginContainer('l', spec).securityContext ?? {}), 'no ids are set where none are wanted')
  },
)

t.test('resources are named where there are any', async t => {
  t.strictSame(renewContainer('r', { ...plain, resources: { limits: { cpu: '1' } } }, native).resources, {
    limits: { cpu: '1' },
  })
  t.notOk('resources' in loginContainer('l', plain))
})

t.test('what templates need is given, and nothing of it where there are none', async t => {
  const variables = (fields: boolean) => (loginContainer('l', { ...plain, fields }).env ?? []).map(({ name }) => name)
  t.strictSame(variables(false), ['PODVAULT_CONFIG'])
  t.strictSame(variables(true), ['NAMESPACE', 'HOST_IP', 'POD_IP', 'PODVAULT_CONFIG'])
})

t.test('metrics have a port of the sidecar, by a name that Kubernetes takes', async t => {
  const sidecar = (metricsPort?: number | 'none') =>
    renewContainer('r', plain, { ...native, ...(metricsPort !== undefined && { metricsPort }) })
  t.strictSame(sidecar(9105).ports, [{ name: 'podvault-prom', containerPort: 9105 }])
  for (const { name = '' } of sidecar(9105).ports ?? []) t.ok(name.length <= 15)
  t.notOk('ports' in sidecar('none'))
  t.notOk('ports' in sidecar())
})
