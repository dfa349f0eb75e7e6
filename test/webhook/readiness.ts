import t from 'tap'
import type { WatchStatus } from '../../src/webhook/informer.ts'
import { readinessOf } from '../../src/webhook/readiness.ts'

const status: WatchStatus = { state: 'watching', isSynced: true, heardAt: new Date(0), problem: undefined }

t.test('ready once all ConfigMaps were read, and whatever becomes of the watch', async t => {
  const ready = { missing: [], without: [] }
  t.same(readinessOf(undefined, undefined, undefined), ready, 'outside of a cluster there are none')
  t.same(readinessOf(status, undefined, undefined), ready)
  t.same(readinessOf({ ...status, state: 'retrying', problem: 'away' }, undefined, undefined), ready)
})

t.test('not ready before, and says what is missing', async t => {
  const what = 'the ConfigMaps with secrets files'
  const starting = { ...status, isSynced: false, heardAt: undefined }
  t.same(readinessOf({ ...starting, state: 'starting' }, undefined, undefined), {
    missing: [`${what}: not read yet`],
    without: [],
  })
  t.same(readinessOf({ ...starting, state: 'retrying', problem: 'away' }, undefined, undefined), {
    missing: [`${what}: away`],
    without: [],
  })
})

t.test('ready without them where the API server refuses: waiting changes nothing', async t => {
  for (const isSynced of [true, false])
    t.same(readinessOf({ ...status, isSynced, state: 'refused', problem: 'forbidden' }, undefined, undefined), {
      missing: [],
      without: ['the ConfigMaps with secrets files: forbidden'],
    })
})

t.test('not ready while the API server does not trust its certificate', async t => {
  const what = 'a certificate that the API server trusts: there is no Secret'
  t.same(readinessOf(undefined, 'there is no Secret', undefined), { missing: [what], without: [] })
  t.same(readinessOf({ ...status, isSynced: false }, 'there is no Secret', undefined).missing, [
    what,
    'the ConfigMaps with secrets files: not read yet',
  ])
  t.same(readinessOf(undefined, undefined, 'the keys').missing, ['the keys'], 'or it does not know who asks')
  t.same(readinessOf({ ...status, state: 'refused', problem: 'forbidden' }, 'there is no Secret', undefined), {
    missing: [what],
    without: ['the ConfigMaps with secrets files: forbidden'],
  })
})
