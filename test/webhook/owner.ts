import t from 'tap'
import { namedIn, ownerOf } from '../../src/webhook/owner.ts'

const reference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-6d4cf', uid: 'b9d9f8a1', controller: true }
const ownedBy = (...ownerReferences: readonly unknown[]) => ({ metadata: { ownerReferences } })

t.test('the owner is the controller among the references', async t => {
  const { controller: _, ...owner } = reference
  t.same(ownerOf(ownedBy({ ...reference, name: 'other', controller: false }, null, reference)), owner)
  t.match(ownerOf(ownedBy({ ...reference, name: 'x'.repeat(253) })), { name: /^x{253}$/ })
})

t.test('where nobody, or nothing readable, is named there is none', async t => {
  for (const object of [
    undefined,
    {},
    { metadata: [] },
    { metadata: {} },
    { metadata: { ownerReferences: {} } },
    ownedBy(),
    ownedBy({ ...reference, controller: 'true' }),
    ...['apiVersion', 'kind', 'name', 'uid'].flatMap(member =>
      [undefined, 7, '', 'x'.repeat(254)].map(value => ownedBy({ ...reference, [member]: value })),
    ),
  ])
    t.equal(ownerOf(object), undefined)
})

t.test('what an object is called is its name, or what it is made from, and its controller', async t => {
  t.same(namedIn({ metadata: { name: 'web-0', generateName: 'web-' } }), { name: 'web-0' })
  const { metadata } = ownedBy(reference)
  t.same(namedIn({ metadata: { ...metadata, generateName: 'web-6d4cf-' } }), {
    name: 'web-6d4cf-',
    owner: 'ReplicaSet/web-6d4cf',
  })
  for (const object of [undefined, {}, { metadata: { name: 7, generateName: 'x'.repeat(254) } }])
    t.same(namedIn(object), {})
})
