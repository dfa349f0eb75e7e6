import t from 'tap'
import { failure, matchesGo } from '../fixtures/templates.ts'

t.test('helpers comes out as it does in Go', async t => {
  matchesGo(t, 'helpers')
})

t.test('sprig comes out as it does in Go', async t => {
  matchesGo(t, 'sprig')
})

t.test('maps that are too deep are refused', async t => {
  t.equal(
    failure(
      '{{ $d := sprig_dict }}{{ $e := sprig_dict }}{{ if sprig_set $d "d" $d }}{{ end }}{{ if sprig_set $e "d" $e }}{{ end }}{{ mergeMap $d $e }}',
    ),
    'mergeMap: the maps are too deep',
  )
})
