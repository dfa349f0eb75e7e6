import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { dryRunPod } from '../../../src/cli/check/dry-run.ts'
import {
  bundlesIn,
  otherInjectorFindings,
  registrationFindings,
  understood,
  validatingFindings,
} from '../../../src/cli/check/registrations.ts'
import { labelsOf } from '../../../src/cli/selectors.ts'

type Configuration = { readonly metadata: { readonly name: string }; readonly webhooks: readonly [object] }
const product = (kind: string) =>
  parse(readFileSync(`webhook-config/${kind}webhookconfiguration.yaml`, 'utf8')) as Configuration
const [mutating, validating] = [product('mutating'), product('validating')]
const changed = (change: object): object => ({ ...mutating, webhooks: [{ ...mutating.webhooks[0], ...change }] })
const asked = (namespace: string) => ({ pod: dryRunPod, namespace, labels: labelsOf(undefined, namespace) })
const registration = (items: readonly object[], namespace = 'shop', simple = false) =>
  registrationFindings({ items }, asked(namespace), simple)

t.test('registration: who sees annotated pods of a namespace, and what happens when it fails', t => {
  t.match(registration([mutating]), [
    { level: 'ok', message: /podvault\/pods\.podvault\.dev sees annotated pods of shop; .*refused/ },
  ])
  t.match(registration([mutating], 'kube-system'), [
    { level: 'failure', message: /does not see annotated pods of kube-system: its namespaceSelector/ },
  ])
  t.match(registration([changed({ failurePolicy: 'Ignore' })]), [{ level: 'warning', message: /failurePolicy Ignore/ }])
  t.match(registration([changed({ matchConditions: [{ name: 'own', expression: 'true' }] })]), [
    { level: 'warning', message: /may see/ },
  ])
  t.match(registration([]), [{ level: 'failure', message: /no MutatingWebhookConfiguration/ }])
  t.match(registration([], 'shop', true), [{ level: 'ok' }])
  t.end()
})

t.test('validating-registration: there, not there, or not needed', t => {
  t.match(validatingFindings({ items: [validating] }, false), [
    { level: 'ok', message: /podvault\/configmaps\.podvault\.dev/ },
  ])
  t.match(validatingFindings({ items: [{ metadata: { name: 'x' } }] }, false), [{ level: 'warning' }])
  t.same(validatingFindings({ items: [] }, true), [])
  t.end()
})

t.test('the caBundles are those of podvault alone', t => {
  const other = { metadata: { name: 'x' }, webhooks: [{ name: 'a.example.com' }] }
  const own = {
    metadata: { name: 'y' },
    webhooks: [
      { name: 'b.podvault.dev' },
      { name: 'c.podvault.dev', clientConfig: { caBundle: 'Q0E=', service: { namespace: 'z' } } },
      { name: 'd.podvault.dev', clientConfig: {} },
    ],
  }
  t.same(bundlesIn({ items: [other, own] }), [
    { name: 'y/b.podvault.dev', namespace: undefined, caBundle: undefined },
    { name: 'y/c.podvault.dev', namespace: 'z', caBundle: 'Q0E=' },
    { name: 'y/d.podvault.dev', namespace: undefined, caBundle: undefined },
  ])
  t.end()
})

t.test("other-injector: vault-k8s's webhook, and which of the two is asked first", t => {
  const theirs = (name: string, more: object = {}) => ({
    metadata: { name },
    webhooks: [
      {
        name: 'vault.hashicorp.com',
        clientConfig: { service: { name: 'vault-agent-injector-svc', namespace: 'vault' } },
        rules: [{ operations: ['CREATE'], apiGroups: [''], resources: ['pods'] }],
        ...more,
      },
    ],
  })
  const findings = (...items: readonly object[]) => otherInjectorFindings({ items }, asked('shop'))
  const nobody = [{ level: 'ok', message: 'nobody else injects pods of shop' }]
  t.match(findings(mutating), nobody)
  t.match(findings(mutating, theirs('mesh', { name: 'sidecar-injector.istio.io' })), nobody, 'of those that read them')
  t.match(findings(mutating, theirs('vault-agent-injector-cfg')), [
    {
      level: 'warning',
      message: /both podvault\/pods\.podvault\.dev and vault-agent-injector-cfg\/vault\.hashicorp\.com: the first/,
    },
  ])
  t.match(findings(mutating, theirs('a')), [{ message: /both a\/vault\.hashicorp\.com and podvault/ }])
  t.match(findings(theirs('a')), [{ level: 'ok', message: /podvault does not see them/ }])
  t.match(findings(mutating, theirs('a', { namespaceSelector: { matchLabels: { team: 'x' } } })), [{ level: 'ok' }])
  t.end()
})

t.test('a list that cannot be read to its end is refused', t => {
  const list = { items: [mutating] }
  t.equal(understood(list), list)
  t.throws(() => understood({ items: [7] }), { message: /items\[0\] must be an object/ })
  t.end()
})
