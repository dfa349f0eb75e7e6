import t from 'tap'
import { readRegistration, registrationPath } from '../../src/webhook/registration.ts'

const kind = 'MutatingWebhookConfiguration'
const metadata = { resourceVersion: '7' }
const service = { name: 'podvault', namespace: 'team', path: '/mutate', port: 443 }

t.test('the API server calls by the name of a Service or of a URL', async t => {
  const caBundle = Buffer.from('pem').toString('base64')
  const urls = ['https://10.0.0.1:9443/mutate', 'https://[::1]:9443/mutate', 'https://laptop.example.com', 'nonsense']
  const webhooks = [
    { clientConfig: { service, caBundle } },
    ...urls.map(url => ({ clientConfig: { url } })),
    { clientConfig: {} },
  ]
  t.same(readRegistration(kind, { metadata, webhooks }), {
    kind,
    version: '7',
    webhooks: [
      { caBundle: 'pem', host: 'podvault.team.svc' },
      ...['10.0.0.1', '::1', 'laptop.example.com', '', ''].map(host => ({ caBundle: '', host })),
    ],
    isInjected: false,
  })
  t.same(readRegistration(kind, { metadata }).webhooks, [])
  t.equal(registrationPath(kind), '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations')
})

t.test('cert-manager is known by its annotations', async t => {
  for (const name of ['inject-ca-from', 'inject-ca-from-secret', 'inject-apiserver-ca'])
    t.equal(
      readRegistration(kind, { metadata: { ...metadata, annotations: { [`cert-manager.io/${name}`]: 'x' } } })
        .isInjected,
      true,
      name,
    )
  t.equal(readRegistration(kind, { metadata: { ...metadata, annotations: { other: 'x' } } }).isInjected, false)
})

t.test('what is no registration is none', async t => {
  t.throws(() => readRegistration(kind, {}), { message: `${kind}.metadata must be an object` })
  t.throws(() => readRegistration(kind, { metadata, webhooks: [{}] }), {
    message: `${kind}.webhooks[0].clientConfig must be an object`,
  })
})
