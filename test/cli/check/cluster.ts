import t from 'tap'
import { clusterFindings } from '../../../src/cli/check/cluster.ts'
import type { Cluster } from '../../../src/cli/check/probe.ts'
import { wellAnswers } from '../../fixtures/check-cluster.ts'
import { type Answers, answerOf } from '../../fixtures/cluster-table.ts'

const clusterOf = (changed: Answers): Cluster => {
  const answers = { ...wellAnswers, ...changed }
  const text: Cluster['text'] = async args => answerOf(answers, args.join(' '))
  return { text, json: async (...args) => JSON.parse(await text(args)), farewell: text }
}

const look = async (changed: Answers = {}, flags: Readonly<Record<string, string>> = {}) =>
  clusterFindings(clusterOf(changed), 'shop', flags, Date.now())

t.test('where all is well, each check says so', async t => {
  const findings = await look()
  t.same(
    findings.filter(({ level }) => level !== 'ok'),
    [],
  )
  t.same(
    new Set(findings.map(({ check }) => check)),
    new Set([
      'kubernetes',
      'installation',
      'replicas',
      'registration',
      'validating-registration',
      'other-injector',
      'policy',
      'dry-run',
      'version',
      'disruption-budget',
      'images',
      'rights',
      'ca-bundle',
      'certificate',
    ]),
  )
  t.equal(findings.filter(({ check }) => check === 'certificate').length, 2)
})

t.test('where nothing may be read, each check says so, and nothing fails', async t => {
  const nothing = Object.fromEntries(Object.keys(wellAnswers).map(words => [words, 'forbidden']))
  const findings = await look(nothing)
  t.same(new Set(findings.map(({ level }) => level)), new Set(['unknown']))
  t.match(findings[0], { check: 'kubernetes', message: 'its version is not known: forbidden' })
})

t.test('what stands around the Deployment is missed by itself', async t => {
  const findings = await look({
    'get pods --selector': 'forbidden',
    'get pods --selector app.kubernetes.io/name=podvault --namespace podvault': 'forbidden',
    'get validatingwebhookconfigurations': 'forbidden',
    'get secret podvault-ca': 'forbidden',
    'create --validate=false': 'forbidden',
    'get poddisruptionbudgets': 'forbidden',
  })
  t.same(
    findings.filter(({ level }) => level !== 'ok').map(({ check, level }) => [check, level]),
    [
      ['validating-registration', 'unknown'],
      ['disruption-budget', 'unknown'],
      ['images', 'unknown'],
      ['rights', 'unknown'],
      ['ca-bundle', 'unknown'],
    ],
  )
})

t.test('the metrics of a replica are where its flags say', async t => {
  const own = {
    'get --raw /api/v1/namespaces/podvault/pods/one:9999/proxy/metrics':
      '=podvault_certificate_expiry_timestamp_seconds 1\n',
  }
  const findings = await look({ 'get --raw': 'no such port', ...own }, { 'metrics-listen': ':9999' })
  t.match(
    findings.filter(({ check }) => check === 'certificate'),
    [
      { level: 'failure', message: /ended 1970/ },
      { level: 'unknown', message: 'the metrics of two cannot be read: no such port' },
    ],
  )
})

t.test('what may not be asked about is not taken for the simple profile', async t => {
  const findings = await look({
    'get deployments --all-namespaces': { items: [] },
    'get mutatingadmissionpolicies': 'forbidden',
  })
  t.match(
    findings.find(({ check }) => check === 'installation'),
    { level: 'failure' },
  )
})

t.test('the simple profile needs none of it', async t => {
  const findings = await look({
    'get deployments --all-namespaces': { items: [] },
    'get mutatingwebhookconfigurations': { items: [] },
    'get validatingwebhookconfigurations': { items: [] },
    'get mutatingadmissionpolicies': { items: [{ metadata: { name: 'podvault-simple' } }] },
  })
  t.same(
    findings.filter(({ level }) => level !== 'ok'),
    [],
  )
  t.ok(findings.some(({ message }) => message.startsWith('the simple profile')))
})

t.test('a cluster that answers nonsense is no reason to crash, and nothing of it is well', async t => {
  for (const nonsense of [
    null,
    7,
    { items: 7 },
    { items: [7] },
    { items: [{ metadata: 7 }] },
    { metadata: { labels: 7 } },
  ]) {
    const findings = await look(Object.fromEntries(Object.keys(wellAnswers).map(words => [words, nonsense])))
    t.notOk(
      findings.some(({ level }) => level === 'ok'),
      JSON.stringify(nonsense),
    )
  }
})
