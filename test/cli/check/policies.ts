import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { isSimple, policyFindings } from '../../../src/cli/check/policies.ts'

t.test('policy: deny, less than that, or none', t => {
  const [product, binding] = parseAllDocuments(
    readFileSync('webhook-config/validatingadmissionpolicy.yaml', 'utf8'),
  ).map(document => document.toJS() as { readonly spec: object })
  const policy = (items: readonly unknown[], there: readonly unknown[] = [product]) =>
    policyFindings({ items: there }, { items })
  t.match(policy([binding]), [{ level: 'ok', message: /deny/ }])
  t.match(policy([binding], []), [{ level: 'warning', message: /off/ }])
  t.match(policy([{ spec: { ...binding?.spec, validationActions: ['Warn', 'Audit'] } }]), [
    { level: 'warning', message: /Warn, Audit/ },
  ])
  t.match(
    policy([{ spec: { policyName: 'other', validationActions: ['Deny'] } }, { spec: { policyName: 'podvault' } }]),
    [{ level: 'warning', message: /off/ }],
  )
  t.end()
})

t.test('the simple profile is known by its policies', t => {
  t.ok(isSimple({ items: [{ metadata: { name: 'podvault-simple' } }] }))
  t.ok(isSimple({ items: [{ metadata: { name: 'other' } }, { metadata: { name: 'podvault-simple' } }] }))
  t.notOk(isSimple({ items: [{ metadata: { name: 'other' } }] }))
  t.notOk(isSimple(undefined))
  t.end()
})
