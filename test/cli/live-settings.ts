import t from 'tap'
import { liveSettings, namespacesIn } from '../../src/cli/live-settings.ts'
import type { Known } from '../../src/cli/offline.ts'
import type { Settings } from '../../src/inject/settings.ts'
import { version } from '../../src/version.ts'
import { wellAnswers } from '../fixtures/check-cluster.ts'
import { type Answers, answerOf } from '../fixtures/cluster-table.ts'
import { settings } from '../fixtures/pods.ts'

const look = async (changed: Answers = {}, given: Partial<Settings> = settings) => {
  const known: Known[] = []
  const { address: _address, ...bare } = settings
  const live = await liveSettings(
    async (...words) => JSON.parse(answerOf({ ...wellAnswers, ...changed }, words.join(' '))),
    ['--all-namespaces'],
    each => {
      known.push(each)
      return { ...bare, ...given }
    },
  )
  return { live, known: known[0] }
}

t.test('the settings are those of the webhook, with the ConfigMaps that are meant', async t => {
  const labels = { 'podvault.dev/secrets-file': 'true' }
  const configMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'shop', labels },
    data: { k: 'A=b#c' },
  }
  const { live, known } = await look({
    'get configmaps --all-namespaces --selector podvault.dev/secrets-file=true': { items: [configMap] },
  })
  t.match(live, { settings: { value: { address: settings.address } }, flags: { 'metrics-listen': ':9402' } })
  t.match(known, { kubernetes: { minor: 36 }, file: /vault-address/ })
  t.ok(known?.configMap?.('shop', 'a')?.has('k'))
})

t.test('without them nothing is decided, but where the command line has said enough', async t => {
  const nothing = Object.fromEntries(Object.keys(wellAnswers).map(words => [words, 'forbidden']))
  const { live, known } = await look(nothing, {})
  t.same(known, {})
  t.same(live.settings, {
    lack: 'the settings of its webhook are unknown; --vault-address, --config and the like give them: forbidden',
  })
  t.same(live.flags, {})
  t.match((await look(nothing)).live.settings, { value: { address: settings.address } })
})

t.test('a pod is injected by the version that the Deployment says, or else by this one', async t => {
  const made = async (labels: object) => {
    const deployment = (wellAnswers['get deployments --all-namespaces'] as { items: [{ metadata: object }] }).items[0]
    const items = [{ ...deployment, metadata: { ...deployment.metadata, labels } }]
    return (await look({ 'get deployments --all-namespaces': { items } })).live.version
  }
  t.equal(await made({ 'app.kubernetes.io/version': '7.0.0' }), '7.0.0')
  t.equal(await made({}), version)
  const { labels: _labels, ...metadata } = { labels: 0, name: 'podvault', namespace: 'podvault' }
  const bare = { ...(wellAnswers['get deployments --all-namespaces'] as { items: [object] }).items[0], metadata }
  t.equal((await look({ 'get deployments --all-namespaces': { items: [bare] } })).live.version, version)
})

t.test('namespaces are known by their names', t => {
  const shop = { metadata: { name: 'shop' } }
  t.equal(namespacesIn({ items: [shop, 7] }).get('shop'), shop)
  t.equal(namespacesIn(undefined).size, 0)
  t.equal(namespacesIn({}).size, 0)
  t.end()
})
