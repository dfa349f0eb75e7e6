import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { accessReviews, rightsFindings, rightsOf } from '../../../src/cli/check/rights.ts'

const installed = { namespace: 'podvault', name: 'podvault', account: 'podvault', wanted: 2, ready: 2, labels: {} }
const rights = rightsOf(installed, {})

type Rule = {
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

t.test('they are those that the product gives, no more and no fewer', t => {
  const documents = parseAllDocuments(readFileSync('webhook-config/rbac.yaml', 'utf8')).map(
    document => document.toJS() as { readonly rules?: readonly Rule[] },
  )
  const given = documents.flatMap(({ rules = [] }) =>
    rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [''], verbs }) =>
      apiGroups.flatMap(group =>
        resources.flatMap(resource =>
          resourceNames.flatMap(name => verbs.map(verb => [verb, group, resource, name].join(' '))),
        ),
      ),
    ),
  )
  t.same(
    rights.map(({ verb, group, resource, name = '' }) => [verb, group, resource, name].join(' ')).sort(),
    given.sort(),
  )
  t.end()
})

t.test('fewer are needed where somebody else makes the certificates', t => {
  const resources = (flags: Readonly<Record<string, string>>) =>
    new Set(rightsOf(installed, flags).map(({ resource }) => resource))
  t.notOk(resources({ 'tls-cert-file': '/c' }).has('secrets'))
  t.notOk(rightsOf(installed, { 'tls-cert-file': '/c' }).some(({ verb }) => verb === 'patch'))
  t.notOk(resources({ 'ca-secret': '' }).has('leases'))
  t.ok(
    rightsOf(installed, { 'ca-secret': 'own', 'webhook-configuration': 'mine' }).every(({ name = 'own' }) =>
      ['own', 'mine'].includes(name),
    ),
  )
  t.end()
})

t.test('the API server is asked about each of them, for the account and its groups', t => {
  const { items } = JSON.parse(accessReviews(installed, rights)) as { readonly items: readonly object[] }
  t.equal(items.length, rights.length)
  t.match(items[0], {
    kind: 'SubjectAccessReview',
    spec: {
      user: 'system:serviceaccount:podvault:podvault',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:podvault', 'system:authenticated'],
      resourceAttributes: { verb: 'get', resource: 'mutatingwebhookconfigurations', name: 'podvault' },
    },
  })
  t.notMatch(JSON.stringify(items), /spare/)
  t.end()
})

t.test('rights: all, some that are missing, and some that it goes on without', t => {
  const without = (...lacking: readonly string[]) =>
    rightsFindings(rights, rights.map(({ verb, resource }) => `${!lacking.includes(`${verb} ${resource}`)}\n`).join(''))
  t.match(without(), [{ level: 'ok' }])
  t.match(without('patch secrets', 'create events'), [
    { level: 'failure', message: 'its service account may not patch secrets podvault-ca' },
    { level: 'warning', message: /may not create events: it goes on without/ },
  ])
  t.match(without('list configmaps'), [{ level: 'warning' }])
  t.equal(without('list configmaps').length, 1)
  t.end()
})

t.test('an answer of another shape tells nothing', t => {
  t.match(rightsFindings(rights, 'true\n'), [{ level: 'unknown' }])
  t.match(rightsFindings(rights, rights.map(() => 'maybe').join('\n')), [{ level: 'unknown' }])
  const once = rights.map((_right, index) => (index === 1 ? 'maybe' : 'true')).join('\n')
  t.match(rightsFindings(rights, once), [{ level: 'unknown' }])
  t.end()
})
