import t from 'tap'
import { type ConfigMap, configMapOf } from '../../src/webhook/configmap.ts'
import { createConfigMapStore, nameOf } from '../../src/webhook/configmap-store.ts'
import { configMap } from '../fixtures/configmaps.ts'

const labelled = (...parts: Parameters<typeof configMap>): ConfigMap => {
  const read = configMapOf(configMap(...parts))
  if (read === undefined) throw new Error('no ConfigMap')
  return read
}

t.test('knows the files of a ConfigMap until it changes or goes', async t => {
  const { lookup, put, remove, size } = createConfigMapStore()
  t.equal(lookup('shop', 'app'), undefined)
  const files = put(labelled('app'))
  t.equal(lookup('shop', 'app'), files)
  t.match(files?.get('app.secrets'), { entries: [{ path: 'secret/app/db' }] })
  t.equal(lookup('shop', 'ap'), undefined)
  t.equal(lookup('app', 'shop'), undefined)
  t.equal(put(labelled('app', { other: '' })), files, 'the same version is not read twice')
  t.same([...(put(labelled('app', { other: '' }, { version: '2' }))?.keys() ?? [])], ['other'])
  t.equal(size(), 1)
  remove(labelled('app'))
  t.equal(lookup('shop', 'app'), undefined)
  t.equal(size(), 0)
  remove(labelled('app'))
})

t.test('after a list only what was in it is known', async t => {
  const { lookup, put, keepOnly, size } = createConfigMapStore()
  const [one, other] = [labelled('one'), labelled('other')]
  put(one)
  put(other)
  t.same(keepOnly(new Set([nameOf(other), 'shop/third'])), ['shop/one'])
  t.equal(lookup('shop', 'one'), undefined)
  t.ok(lookup('shop', 'other'))
  t.equal(size(), 1)
})

t.test('of a hopeless file the first problems are enough', async t => {
  const { put } = createConfigMapStore()
  const file = put(labelled('app', { a: 'nonsense\n'.repeat(1000) }))?.get('a')
  t.equal(file !== undefined && 'problems' in file && file.problems.length, 50)
})

t.test('no namespace can crowd out the others, and all together stay below the limit', async t => {
  const room = { all: 20_000, namespace: 10_000 }
  const { lookup, put, remove, size } = createConfigMapStore(room)
  const file = { a: 'PASSWORD=app/db#password' }
  const fill = (namespace: string): number => {
    let count = 0
    while (put(labelled(`m-${count}`, file, { namespace })) !== undefined) count += 1
    return count
  }
  const first = fill('greedy')
  t.ok(first > 2 && first < 10, `${first} fit`)
  t.equal(lookup('greedy', `m-${first}`), undefined)
  t.ok(fill('second') > 2)
  t.ok(fill('third') < first, 'the rest')
  t.equal(put(labelled('late', file, { namespace: 'fourth' })), undefined, 'nothing is left for others then')
  const before = size()
  remove(labelled('m-0', file, { namespace: 'greedy' }))
  t.ok(put(labelled('late', file, { namespace: 'fourth' })), 'until something goes')
  t.equal(size(), before)
  const grown = labelled(
    'late',
    { a: 'PASSWORD=app/db#password\n'.repeat(1000) },
    { namespace: 'fourth', version: '2' },
  )
  t.equal(put(grown), undefined)
  t.equal(lookup('fourth', 'late'), undefined, 'what has outgrown its room is not known by what it was')
})

t.test('a namespace that is empty again has all its room', async t => {
  const { put, remove } = createConfigMapStore({ all: 100_000, namespace: 3000 })
  for (let round = 0; round < 100; round += 1) {
    t.ok(put(labelled('app')))
    remove(labelled('app'))
  }
})

t.test('what fits to the last byte is known, one byte more is not', async t => {
  const fits = (all: number, namespace: number, ...namespaces: readonly string[]): boolean => {
    const { put } = createConfigMapStore({ all, namespace })
    return namespaces.every((each, index) => put(labelled(`m-${index}`, undefined, { namespace: each })) !== undefined)
  }
  let one = 0
  while (!fits(one, one, 'a')) one += 1
  t.ok(one > 1024 && one < 2048, `${one} bytes`)
  t.ok(fits(2 * one, 2 * one, 'a', 'a'))
  t.notOk(fits(2 * one, 2 * one - 1, 'a', 'a'))
  t.ok(fits(2 * one, one, 'a', 'b'))
  t.notOk(fits(2 * one - 1, one, 'a', 'b'))
})

t.test('a long text weighs more than a short one of the same entries', async t => {
  const commented = { a: `PASSWORD=app/db#password\n#${'x'.repeat(1000)}` }
  const { put } = createConfigMapStore({ all: 3000, namespace: 3000 })
  t.ok(put(labelled('short', { a: 'PASSWORD=app/db#password' })))
  t.equal(put(labelled('short', commented, { version: '2' })), undefined)
})
