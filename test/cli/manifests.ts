import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseAllDocuments, stringify } from 'yaml'
import { readManifest, textOf } from '../../src/cli/documents.ts'
import { injectManifest, uninjectManifest } from '../../src/cli/manifests.ts'
import { knownTemplates } from '../../src/cli/workloads.ts'
import { matchesGolden } from '../fixtures/golden.ts'
import { annotated, podWith, settings } from '../fixtures/pods.ts'

const finder = { namespace: 'default', templates: knownTemplates }

const injectText = (text: string, name = 'x') => {
  const { manifest, judged } = injectManifest(readManifest(text, name), finder, settings)
  return { text: textOf(manifest), judged }
}

const uninjectText = (text: string) => {
  const { manifest, judged } = uninjectManifest(readManifest(text, 'x'), finder)
  return { text: textOf(manifest), judged }
}

const folder = 'test/fixtures/manifests'
const shop = readFileSync(`${folder}/shop.yaml`, 'utf8')

t.test('adds lines and takes none away but where an alias or a null must give way', async t => {
  const { text, judged } = injectText(shop, 'shop.yaml')
  matchesGolden(t, `${folder}/shop.injected.yaml`, text)
  t.match(judged, [
    { workload: { kind: 'Deployment', name: 'web' }, verdict: { kind: 'inject' } },
    { workload: { kind: 'Job', name: 'cleanup' }, verdict: { kind: 'skip', reason: 'not-requested' } },
  ])
  const after = new Set(text.split('\n'))
  t.same(
    shop.split('\n').filter(line => !after.has(line)),
    ['      - {name: proxy, image: example.com/proxy:1, env: *env}'],
  )
})

t.test('injecting twice changes nothing', async t => {
  const { text } = injectText(shop, 'shop.yaml')
  const again = injectText(text, 'shop.yaml')
  t.equal(again.text, text)
  t.match(again.judged[0], { verdict: { kind: 'skip', reason: 'already-injected' } })
})

t.test('what asks for nothing comes back byte for byte', async t => {
  for (const text of [
    '',
    '# only a comment',
    'a:   1 # x\n---\n---\n- b\n...\n# end',
    '\uFEFFa: 1\r\nb: 2\r\n',
    'just text',
  ])
    t.same(injectText(text, 'x'), { text, judged: [] })
})

t.test('JSON stays JSON, every item of a List looked at', async t => {
  const list = { apiVersion: 'v1', kind: 'List', items: [{ kind: 'Service' }, podWith(), podWith({}, { volumes: [] })] }
  for (const space of [undefined, 2, '\t']) {
    const { text, judged } = injectText(JSON.stringify(list, null, space), 'list.json')
    t.equal(judged.length, 2)
    const { items } = JSON.parse(text)
    for (const item of [items[1], items[2]])
      t.same(
        item.spec.initContainers.map(({ name }: { name: string }) => name),
        ['podvault-login', 'podvault-renew'],
      )
  }
})

t.test('refuses as the webhook does, and what is no pod at all', async t => {
  const wrong = JSON.stringify(podWith({ rol: 'web' }))
  t.match(injectText(wrong, 'x'), { text: wrong, judged: [{ verdict: { kind: 'reject' } }] })
  const shapeless = 'apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{}]}}}\n'
  const [judged] = injectText(shapeless, 'x').judged
  t.match(judged?.verdict, { reason: 'bad-request', message: 'the pod.spec.containers[0].name must be text' })
})

t.test('what is no YAML is said with line and column', async t => {
  t.throws(() => injectText('a: 1\nb: [\n', 'bad.yaml'), {
    code: 'usage',
    message: /^bad.yaml:3:1: this is no YAML/,
  })
  t.throws(() => injectText('a: 1\n---\nb: *nobody\n', 'bad.yaml'), {
    code: 'usage',
    message: /^bad.yaml(:3:4)?/,
  })
})

t.test('aliases that multiply are not followed', async t => {
  const levels = Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(9)}]`)
  t.throws(() => injectText(`a0: &a0 [x]\n${levels.join('\n')}\n`, 'bomb.yaml'), {
    code: 'usage',
    message: /bomb.yaml cannot be read/,
  })
})

t.test('a layout that cannot be edited is an error, never a wrong manifest', async t => {
  const annotations = JSON.stringify(annotated({ inject: 'true', role: 'web', secrets: 'A=b#c' }))
  const podOf = (spec: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {annotations: ${annotations}}\n${spec}`
  const odd = podOf('spec:\n  containers:\n  - &first name: app\n    image: x\n')
  t.throws(() => injectText(odd, 'odd.yaml'), {
    code: 'failed',
    message: /^odd.yaml cannot be edited/,
    hint: /without anchors/,
  })
  const pairInList = podOf('spec: {containers: [name: app]}\n')
  t.throws(() => injectText(pairInList, 'odd.yaml'), {
    code: 'failed',
    message: /its layout are not understood/,
  })
  const fine = {
    tags: 'spec: !!map\n  containers: !!seq\n  - !!map\n    name: app\n',
    'explicit keys': '? spec\n: ? containers\n  : - ? name\n      : app\n',
    'a merged container': 'spec:\n  containers:\n  - &c\n    name: app\n  - <<: *c\n    name: b\n',
    'empty members': 'spec:\n  containers:\n  - name: app\n    env:\n    volumeMounts:   # none\n  volumes: ~\n',
    'comments between brackets': 'spec:\n  containers: [\n    {name: app}, # c\n  ]\n  volumes: [ # none\n  ]\n',
    'a block that keeps its end': 'spec:\n  containers:\n  - name: app\n    args:\n    - |+\n      x\n\n',
    'no newline at the end': 'spec:\n  containers:\n  - name: app\n    args: [x]',
  }
  for (const [name, spec] of Object.entries(fine)) {
    const { text } = injectText(podOf(spec), name)
    t.match(parseAllDocuments(text)[0]?.toJS(), { spec: { initContainers: [{ name: 'podvault-login' }, {}] } }, name)
  }
})

t.test('lines end as they did', async t => {
  const { text } = injectText(stringify(podWith()).replaceAll('\n', '\r\n'), 'x')
  t.notMatch(text, /[^\r]\n/)
})

t.test('what is said twice is written twice, without anchors', async t => {
  t.notMatch(injectText(stringify(podWith()), 'x').text, /[&*]a\d/)
})

t.test('what is taken away again was added by podvault, and the rest is what it was, to the byte', async t => {
  const { text, judged } = uninjectText(readFileSync(`${folder}/shop.injected.yaml`, 'utf8'))
  t.match(judged, [
    { workload: { name: 'web' }, verdict: 'uninjected' },
    { workload: { name: 'cleanup' }, verdict: 'not injected', patch: [] },
  ])
  // An alias that inject had to write out stays written out.
  t.equal(text, shop.replace('env: *env}', 'env: [{"name":"MODE","value":"prod"}]}'))
})

t.test('a pod that cannot be read is left alone', async t => {
  const wrong = JSON.stringify({ ...podWith(), spec: { containers: 'none' } })
  t.match(uninjectText(wrong), { text: wrong, judged: [{ verdict: 'not injected' }] })
})
