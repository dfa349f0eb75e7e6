import t from 'tap'
import { behindOurs, isOurs, loginIndex, select } from '../../src/inject/select.ts'
import { podWith, read } from '../fixtures/pods.ts'

const sidecar = { restartPolicy: 'Always' } as const
const pod = podWith(
  {},
  {
    initContainers: [
      { name: 'istio-init' },
      { name: 'istio-proxy', ...sidecar },
      { name: 'migrate' },
      { name: 'warm', ...sidecar },
    ],
    containers: [{ name: 'app' }, { name: 'web' }],
  },
)
const selection = (annotations: Readonly<Record<string, string>>) => {
  const { selected, problems } = select(pod, read(annotations).intent, loginIndex(pod))
  return [
    selected.map(({ list, index, container }) => `${list} ${index} ${container.name}`),
    problems.map(({ message }) => message),
  ]
}

t.test('the login runs behind a mesh’s native sidecar, and before everything else', async t => {
  t.equal(loginIndex(pod), 2)
  t.equal(loginIndex(podWith()), 0)
  const classic = podWith({}, { initContainers: [{ name: 'linkerd-proxy' }, { name: 'x', ...sidecar }] })
  t.equal(loginIndex(classic), 0, 'a proxy that is no native sidecar is no proxy yet')
})

t.test('all app containers and no init container are selected unless the pod says otherwise', async t => {
  t.strictSame(selection({}), [['containers 0 app', 'containers 1 web'], []])
  t.strictSame(selection({ containers: 'web', 'init-containers': 'all' }), [
    ['containers 1 web', 'initContainers 2 migrate', 'initContainers 3 warm'],
    [],
  ])
})

t.test('a name that the pod lacks is refused with the names it has', async t => {
  t.strictSame(selection({ containers: 'app,db', 'init-containers': 'migrat' })[1], [
    'podvault.dev/containers names "db"; the pod has "app, web"',
    'podvault.dev/init-containers names "migrat"; the pod has "istio-init, istio-proxy, migrate, warm"',
  ])
})

t.test('an init container before the login cannot be chosen', async t => {
  t.strictSame(selection({ 'init-containers': 'istio-init' })[1], [
    'podvault.dev/init-containers names "istio-init", which runs before the login and cannot have its secrets; leave it out',
  ])
})

t.test('a pod without containers selects none', async t => {
  t.strictSame(select({}, read({}).intent, 0), { selected: [], problems: [] })
  t.equal(loginIndex({}), 0)
})

t.test('an injected pod is entered behind our own containers', async t => {
  const own = [{ name: 'istio-proxy' }, { name: 'podvault-login' }, { name: 'podvault-renew' }, { name: 'migrate' }]
  t.equal(behindOurs(podWith({}, { initContainers: own })), 3)
  t.equal(behindOurs({}), 0)
})

t.test('our own containers are never selected', async t => {
  t.ok(isOurs({ name: 'podvault-renew' }))
  const again = podWith({}, { initContainers: [{ name: 'podvault-login' }, { name: 'migrate' }] })
  const { selected } = select(again, read({ 'init-containers': 'all' }).intent, 0)
  t.strictSame(
    selected.map(({ container }) => container.name),
    ['app', 'migrate'],
  )
})
