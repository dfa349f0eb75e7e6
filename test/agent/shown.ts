import t from 'tap'
import { shownOf } from '../../src/agent/shown.ts'
import { wantedOf } from '../../src/agent/wanted.ts'
import type { OnChange } from '../../src/contract.ts'
import type { Values } from '../../src/agent/values.ts'
import { configOf, entry, file, idOf } from '../fixtures/agent.ts'
import { app, token, web } from '../fixtures/rendered.ts'

const restart: OnChange = { kind: 'restart' }
const hup: OnChange = { kind: 'signal', signal: 'SIGHUP' }

t.test('a hook stands for the outputs of its entries and of no others', async t => {
  const files = [file('web', entry('secret/app', { A: 'A' }), entry('secret/own', { B: 'B' }, { onChange: hup }))]
  const config = configOf({ files, onChange: restart, token: 'file' })
  const wanted = wantedOf(config, [])
  const shown = (a: string, b: string, value = 'hvs.t') => {
    const given: Values = new Map([
      [app, { data: { A: a } }],
      [idOf('secret/own'), { data: { B: b } }],
    ])
    return shownOf(config, wanted, given, { ...token, value }).map(({ content }) => content)
  }
  t.strictSame(
    shownOf(
      config,
      wanted,
      new Map([
        [app, { data: { A: 1 } }],
        [idOf('secret/own'), { data: { B: 2 } }],
      ]),
      token,
    ).map(({ onChange }) => onChange),
    [restart, hup],
  )
  const [pod, own] = shown('1', '2')
  t.strictSame(shown('1', '2'), [pod, own])
  t.equal(shown('changed', '2')[1], own)
  t.not(shown('changed', '2')[0], pod)
  t.equal(shown('1', 'changed')[0], pod)
  t.not(shown('1', 'changed')[1], own)
  t.not(shown('1', '2', 'hvs.new')[0], pod, 'the token is an output like any other')
  const silent = configOf({ files: web({ A: 'A' }), token: 'file' })
  t.strictSame(
    shownOf(silent, wantedOf(silent, []), new Map(), token),
    [],
    'without hooks there is nothing to find out',
  )
})
