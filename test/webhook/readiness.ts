import t from 'tap'
import type { WatchStatus } from '../../src/webhook/informer.ts'
import { readinessOf } from '../../src/webhook/readiness.ts'

const status: WatchStatus = { state: 'watching', isSynced: true, heardAt: new Date(0), problem: undefined }

t.test('ready once all ConfigMaps were read, and whatever becomes of the watch', async t => {
  const ready = { missing: [], without: [] }
  t.same(readinessOf(undefined), ready, 'outside of a cluster there are none')
  t.same(readinessOf(status), ready)
  t.same(readinessOf({ ...status, state: 'retrying', problem: 'away' }), ready)
})

t.test('not ready before, and says what is missing', async t => {
  const what = 'the ConfigMaps with secrets files'
  const starting = { ...status, isSynced: false, heardAt: undefined }
  t.same(readinessOf({ ...starting, state: 'starting' }), { missing: [`${what}: not read yet`], without: [] })
  t.same(readinessOf({ ...starting, state: 'retrying', problem: 'away' }), { missing: [`${what}: away`], without: [] })
})

t.test('ready without them where the API server refuses: waiting changes nothing', async t => {
  for (const isSynced of [true, false])
    t.same(readinessOf({ ...status, isSynced, state: 'refused', problem: 'forbidden' }), {
      missing: [],
      without: ['the ConfigMaps with secrets files: forbidden'],
    })
})
