import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { coloured, unifiedDiff, wantsColor } from '../../src/cli/diff.ts'

const before = 'a: 1\n--- x\n+++ y\nb: 2\n'
const after = 'a: 1\n+++ y\nb: 3\n'

t.test('a change is a unified diff, no change is nothing', async t => {
  t.equal(
    unifiedDiff('x.yaml', before, after),
    '--- x.yaml\n+++ x.yaml\n@@ -1,4 +1,3 @@\n a: 1\n---- x\n +++ y\n-b: 2\n+b: 3\n',
  )
  t.equal(unifiedDiff('x.yaml', before, before), '')
})

t.test('in colour it is the same diff', async t => {
  const diff = unifiedDiff('x.yaml', before, after)
  const inColor = coloured(diff)
  t.match(inColor, '\u001B[1m--- x.yaml\u001B[0m\n')
  t.match(inColor, '\u001B[36m@@ -1,4 +1,3 @@\u001B[0m\n')
  t.match(inColor, '\u001B[31m-b: 2\u001B[0m\n\u001B[32m+b: 3\u001B[0m\n')
  t.match(inColor, '\n a: 1\n')
  t.equal(stripVTControlCharacters(inColor), diff)
})

t.test('colour is for terminals, unless somebody says otherwise', async t => {
  const file = new PassThrough()
  const terminal = Object.assign(new PassThrough(), { isTTY: true })
  t.equal(wantsColor('auto', { env: {}, stdout: terminal }), true)
  t.equal(wantsColor('auto', { env: { NO_COLOR: '' }, stdout: terminal }), true)
  t.equal(wantsColor('auto', { env: { NO_COLOR: '1' }, stdout: terminal }), false)
  t.equal(wantsColor('auto', { env: { TERM: 'dumb' }, stdout: terminal }), false)
  t.equal(wantsColor('auto', { env: {}, stdout: file }), false)
  t.equal(wantsColor('always', { env: { NO_COLOR: '1' }, stdout: file }), true)
  t.equal(wantsColor('never', { env: {}, stdout: terminal }), false)
})
