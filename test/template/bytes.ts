import t from 'tap'
import fc from 'fast-check'
import { bytesOf, compareText, joined, lengthOf, sliceOf, textOf } from '../../src/template/bytes.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('builtins comes out as it does in Go', async t => {
  matchesGo(t, 'builtins')
})

t.test('helpers comes out as it does in Go', async t => {
  matchesGo(t, 'helpers')
})

t.test('format comes out as it does in Go', async t => {
  matchesGo(t, 'format')
})

t.test('regex comes out as it does in Go', async t => {
  matchesGo(t, 'regex')
})

t.test('any bytes are a text and come out again', async t => {
  fc.assert(
    fc.property(fc.uint8Array(), bytes => Buffer.from(bytesOf(textOf(bytes))).equals(bytes)),
    { numRuns: 2000 },
  )
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), text => textOf(bytesOf(text)) === text))
  t.equal(joined('\udcc3\udca9'), 'é')
})

t.test('texts are compared, measured and cut in bytes', async t => {
  t.equal(Math.sign(compareText('\udcff', '\udcffa')), -1)
  t.equal(Math.sign(compareText('\udcff', '\udcfe')), 1)
  t.equal(compareText('\uffff', '\uffff'), 0)
  t.equal(Math.sign(compareText('\uffff', '😀')), -1)
  t.equal(lengthOf('é\udcff'), 3)
  t.equal(sliceOf('é', 0, 1), '\udcc3')
})
