import t from 'tap'
import { dryRunFindings, dryRunPod } from '../../../src/cli/check/dry-run.ts'
import type { Registered } from '../../../src/cli/registered.ts'
import { injected } from '../../fixtures/live.ts'
import { isRestricted } from '../../fixtures/restricted.ts'
import { version } from '../../../src/version.ts'

const registered: readonly Registered[] = [
  {
    name: 'podvault/pods.podvault.dev',
    isPodvault: true,
    sees: 'yes',
    conditions: [],
    failurePolicy: 'Ignore',
    created: '2026-01-01T00:00:00Z',
  },
]
const now = '2026-01-02T00:00:00.000Z'
const findings = (answer: Parameters<typeof dryRunFindings>[0]) =>
  dryRunFindings(answer, 'shop', registered, version, now)

t.test('the pod that is tried fits "restricted"', t => {
  t.ok(dryRunPod.spec?.containers.every(isRestricted))
  t.match(dryRunPod.spec, {
    automountServiceAccountToken: false,
    containers: [{ securityContext: { runAsUser: 65532, runAsGroup: 65532 } }],
  })
  t.end()
})

t.test('dry-run and version: it comes back injected, by this version or another', t => {
  const pod = injected(dryRunPod)
  t.match(findings({ value: pod }), [
    { check: 'dry-run', level: 'ok' },
    { check: 'version', level: 'ok', message: `podvault ${version} answered` },
  ])
  const older = dryRunFindings({ value: pod }, 'shop', registered, '9.0.0', now)
  t.match(older[1], { level: 'warning', message: `podvault ${version} answered, and this is 9.0.0` })
  t.end()
})

t.test('dry-run: it comes back as it was', t => {
  t.match(findings({ value: dryRunPod }), [{ level: 'failure', todo: /failurePolicy is Ignore/ }])
  t.match(dryRunFindings({ value: dryRunPod }, 'shop', [], version, now), [
    { level: 'failure', todo: /no MutatingWebhookConfiguration/ },
  ])
  t.end()
})

t.test('dry-run: what the API server says is told with what to do', t => {
  const calling =
    'Internal error occurred: failed calling webhook "pods.podvault.dev": failed to call webhook: Post "https://x"'
  for (const [words, level, message, todo] of [
    [`${calling}: tls: x509: certificate signed by unknown authority`, 'failure', /does not believe/, /ca-bundle/],
    [`${calling}: no endpoints available for service "podvault"`, 'failure', /no replica/, /replicas/],
    [`${calling}: context deadline exceeded`, 'failure', /no answer/, /NetworkPolicies/],
    [
      "ValidatingAdmissionPolicy 'podvault' with binding 'podvault' denied request",
      'failure',
      /policy refuses/,
      /registration/,
    ],
    [
      'admission webhook "pods.podvault.dev" denied the request: no address',
      'warning',
      /no address/,
      /operator's file/,
    ],
    ['pods is forbidden: User "x" cannot create resource "pods"', 'unknown', /User "x"/, /-n/],
    ['failed calling webhook "other.example.com": x509: certificate', 'unknown', /other/, /-n/],
  ] as const)
    t.match(findings({ lack: words }), [{ check: 'dry-run', level, message, todo }], words)
  t.end()
})
