import t from 'tap'
import { failure, matchesGo } from '../fixtures/templates.ts'

t.test('format comes out as it does in Go', async t => {
  matchesGo(t, 'format')
})

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('sprig comes out as it does in Go', async t => {
  matchesGo(t, 'sprig')
})

t.test('addresses are not printed, nor what cannot be the same twice', async t => {
  for (const text of ['{{ print (sprig_list (secret "kv/plain")) }}', '{{ print (loop 1) }}', '{{ print scratch }}'])
    t.match(failure(text), /address|scratch/, text)
  t.match(failure('{{ printf "%x" 1.5 }}'), /not supported/)
  t.match(failure('{{ printf "%#v" 1.5 }}'), undefined)
  t.match(failure('{{ printf "%#g" 1.5 }}'), /not supported/)
})
