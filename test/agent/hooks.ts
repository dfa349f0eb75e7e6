import t from 'tap'
import { toldOf } from '../../src/agent/hooks.ts'
import type { Values } from '../../src/agent/values.ts'
import type { Told } from '../../src/agent/state.ts'
import { wantedOf } from '../../src/agent/wanted.ts'
import { configOf, entry, file, idOf, virtualClock } from '../fixtures/agent.ts'

const hup = { kind: 'signal', signal: 'SIGHUP' } as const
const reload = { kind: 'http', method: 'POST', url: 'http://127.0.0.1/reload' } as const
const config = configOf({
  files: [file('web', entry('a', { A: 'x' }), entry('b', { B: 'x' }, { onChange: reload }))],
  onChange: hup,
})
const token = { value: 't', accessor: 'a', renewable: true, seconds: 1 }
const clock = virtualClock()
const told = (a: string, b: string, known: readonly Told[], running = true): readonly Told[] => {
  const values: Values = new Map([
    [idOf('a'), { data: { x: a } }],
    [idOf('b'), { data: { x: b } }],
  ])
  return toldOf({ config, clock }, { wanted: wantedOf(config, []), values, token, told: known, running })
}
const dues = (list: readonly Told[]) => list.map(({ due }) => due)

t.test('the first files are nothing to tell of, nor those of an app that has not started', async t => {
  const first = told('1', '1', [], false)
  t.strictSame(dues(first), [null, null])
  t.match(first, [{ onChange: hup }, { onChange: reload }])
  const failed = first.map(each => ({ ...each, due: 5, failures: 3 }))
  t.match(told('2', '2', failed, false), [
    { due: null, failures: 0 },
    { due: null, failures: 0 },
  ])
})

t.test('a change is told once, through the hook of what has changed', async t => {
  const first = told('1', '1', [], false)
  t.strictSame(told('1', '1', first), first)
  const soon = clock.now() + 2500
  const changed = told('2', '1', first)
  t.strictSame(dues(changed), [soon, null])
  t.strictSame(dues(told('1', '2', first)), [null, soon])
  t.strictSame(told('2', '1', changed), changed, 'the same change again is no other')
  await clock.sleep(1000, new AbortController().signal)
  t.strictSame(dues(told('3', '1', changed)), [soon, null], 'two changes before the app was told are one')
})

t.test('a hook that failed is tried afresh with the next change', async t => {
  const [first, second] = told('1', '1', [], false)
  if (!first || !second) return
  const failed = [{ ...first, due: 5, failures: 3 }, second]
  t.match(told('1', '1', failed), [{ failures: 3, due: 5 }, {}])
  t.match(told('2', '1', failed), [{ failures: 0, due: 5 }, {}])
})

t.test('an app that runs while nobody knows what it was told is told', async t => {
  t.strictSame(dues(told('1', '1', [])), [clock.now() + 2500, clock.now() + 2500])
})
