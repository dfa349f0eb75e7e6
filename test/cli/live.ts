import t from 'tap'
import { lookAt } from '../../src/cli/live.ts'

const answers: Readonly<Record<string, unknown>> = {
  version: { serverVersion: { major: '1', minor: '36+' } },
  'get configmaps --namespace shop --selector podvault.dev/secrets-file=true': {
    items: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'web', namespace: 'shop', labels: { 'podvault.dev/secrets-file': 'true' } },
        data: { 'a.secrets': 'A=b#c' },
      },
    ],
  },
  'get namespace shop': { metadata: { labels: { team: 'a' } } },
  'get mutatingwebhookconfigurations': {
    items: [
      {
        metadata: { name: 'podvault' },
        webhooks: [
          {
            name: 'pods.podvault.dev',
            rules: [{ operations: ['CREATE'], apiGroups: [''], resources: ['pods'] }],
            namespaceSelector: { matchLabels: { team: 'a' } },
          },
        ],
      },
    ],
  },
  'get deployments --all-namespaces --selector app.kubernetes.io/name=podvault': {
    items: [
      {
        metadata: { namespace: 'vault' },
        spec: {
          template: {
            spec: {
              containers: [
                {
                  args: ['webhook', '--vault-address=http://v:8200', '--config=/c/config.yaml'],
                  volumeMounts: [{ name: 'c', mountPath: '/c' }],
                },
              ],
              volumes: [{ name: 'c', configMap: { name: 'operator' } }],
            },
          },
        },
      },
    ],
  },
  'get configmap operator --namespace vault': { data: { 'config.yaml': 'defaults: {}\n' } },
}

const look = (changed: Readonly<Record<string, unknown>> = {}) =>
  lookAt(async (...words) => {
    const answer = { ...answers, ...changed }[words.join(' ')]
    if (answer === undefined) throw new Error('forbidden')
    return answer
  }, 'shop')

t.test('learns the version, the ConfigMaps, the webhooks and the settings of the cluster', async t => {
  const { known, registered, notes } = await look()
  t.match(known, {
    kubernetes: { major: 1, minor: 36 },
    flags: { 'vault-address': 'http://v:8200' },
    file: 'defaults: {}\n',
  })
  t.ok(known.configMap?.('shop', 'web')?.has('a.secrets'))
  t.match(registered?.({}), [{ name: 'podvault/pods.podvault.dev', sees: 'yes' }])
  t.same(notes, [])
})

t.test('what may not be read is left out, and said', async t => {
  const nothing = Object.fromEntries(Object.keys(answers).map(words => [words, undefined]))
  const { known, registered, notes } = await look(nothing)
  t.same(known, {})
  t.equal(registered, undefined)
  t.equal(notes.length, 5)
  t.ok(notes.every(note => note.endsWith(': forbidden')))
  const { registered: without } = await look({ 'get namespace shop': undefined })
  t.match(without?.({}), [{ sees: 'no', because: 'its namespaceSelector wants team=a' }])
})

t.test('a webhook without a file, with one that lacks its key, or that runs elsewhere', async t => {
  const label = 'get deployments --all-namespaces --selector app.kubernetes.io/name=podvault'
  t.match((await look({ [label]: { items: [] } })).notes, [/no Deployment labelled app/])
  const spec = { template: { spec: { containers: [{ args: ['webhook'] }] } } }
  t.same((await look({ [label]: { items: [{ metadata: { namespace: 'v' }, spec }] } })).known.flags, {})
  const { known, notes } = await look({ 'get configmap operator --namespace vault': {} })
  t.match(known, { flags: { 'vault-address': 'http://v:8200' }, file: undefined })
  t.same(notes, [])
})
