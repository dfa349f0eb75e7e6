import t from 'tap'
import { layersOf, said, saidUnder } from '../../src/inject/layers.ts'

const operator = {
  defaults: { a: 'operator', b: 'operator', c: 'operator', d: 'operator', e: 'operator' },
  namespaces: { shop: { a: 'namespace', b: 'namespace', c: 'namespace' }, __proto__x: {} },
  profiles: { fast: { a: 'profile', b: 'profile', d: 'profile' } },
  inherited: { a: 'env', f: 'env' },
}
const heard = (pod: Readonly<Record<string, unknown>>, namespace = 'shop', more = {}) => {
  const { layers, problems } = layersOf(pod, namespace, { ...operator, ...more })
  const origins = Object.fromEntries(
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(name => [name, said(layers, name)?.origin]),
  )
  return { origins, messages: problems.map(({ message }) => message) }
}

t.test('the pod is heard first, then its namespace, the operator, and the variables of vault-k8s', async t => {
  t.strictSame(heard({ a: '' }), {
    origins: {
      a: 'pod',
      b: 'namespace shop',
      c: 'namespace shop',
      d: 'operator',
      e: 'operator',
      f: 'AGENT_INJECT_*',
      g: undefined,
    },
    messages: [],
  })
  t.equal(heard({}, 'other').origins['b'], 'operator', 'another namespace says nothing here')
  t.equal(heard({}, 'constructor').origins['b'], 'operator', 'nor does a name that every object has')
})

t.test('a profile stands right behind the one that chooses it', async t => {
  const profile = { 'podvault.dev/profile': 'fast' }
  t.match(heard({ ...profile, a: '' }).origins, { a: 'pod', b: 'profile fast', c: 'namespace shop', d: 'profile fast' })
  const chosenByNamespace = { namespaces: { shop: { ...profile, a: 'namespace' } } }
  t.match(heard({}, 'shop', chosenByNamespace).origins, { a: 'namespace shop', b: 'profile fast', c: 'operator' })
  const chosenByOperator = { defaults: { ...profile, e: '' }, namespaces: {} }
  t.match(heard({}, 'shop', chosenByOperator).origins, { a: 'profile fast', e: 'operator', f: 'AGENT_INJECT_*' })
})

t.test('a profile that is not there is refused, with those that are', async t => {
  t.strictSame(heard({ 'podvault.dev/profile': 'fats' }).messages, [
    'podvault.dev/profile is "fats"; the operator has defined: "fast"',
  ])
  t.strictSame(heard({ 'podvault.dev/profile': 'toString' }, 'shop', { profiles: {} }).messages, [
    'podvault.dev/profile is "toString"; the operator has defined no profile',
  ])
  t.strictSame(heard({ 'podvault.dev/profile': 7 }).messages, [], 'no string at all is told elsewhere')
})

t.test('what is said keeps its value, whatever it is', async t => {
  t.strictSame(said([{ origin: 'pod', texts: { a: null } }], 'a'), { value: null, origin: 'pod' })
})

t.test('who has nothing to say is not asked, but the pod is always the first', async t => {
  const nobody = { defaults: {}, namespaces: {}, profiles: {}, inherited: {} }
  t.strictSame(layersOf({}, 'shop', nobody).layers, [{ origin: 'pod', texts: {} }])
  t.strictSame(
    layersOf({}, 'shop', { ...nobody, inherited: { a: 'b' } }).layers.map(({ origin }) => origin),
    ['pod', 'AGENT_INJECT_*'],
  )
})

t.test('all that is said under a prefix is what is said of each', async t => {
  const layers = [
    { origin: 'pod', texts: { 'x/a': 'pod', 'y/a': 'other' } },
    { origin: 'operator', texts: { 'x/a': 'operator', 'x/b': null } },
  ]
  t.strictSame(
    [...saidUnder(layers, 'x/')],
    [
      ['a', { value: 'pod', origin: 'pod' }],
      ['b', { value: null, origin: 'operator' }],
    ],
  )
})
