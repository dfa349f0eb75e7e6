import { execFileSync } from 'node:child_process'
import t from 'tap'
import {
  bits,
  integer,
  objectId,
  octets,
  sequence,
  setOf,
  tagged,
  time,
  truth,
  utf8,
  wrapped,
} from '../../src/webhook/der.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** How OpenSSL reads it. */
const parsed = (der: Buffer): string =>
  execFileSync('openssl', ['asn1parse', '-inform', 'DER'], { input: der, encoding: 'utf8' })

t.test('elements are written as the standard has them', async t => {
  const pairs: readonly (readonly [Buffer, string])[] = [
    [sequence(truth(), octets(hex('07'))), '30 06 01 01 ff 04 01 07'],
    [sequence(), '30 00'],
    [setOf(utf8('ä')), '31 04 0c 02 c3 a4'],
    [integer(hex('7f')), '02 01 7f'],
    [integer(hex('80')), '02 02 00 80'],
    [integer(hex('')), '02 00'],
    [bits(hex('06'), 1), '03 02 01 06'],
    [bits(hex('06')), '03 02 00 06'],
    [tagged(2, Buffer.from('a')), '82 01 61'],
    [wrapped(3, sequence()), 'a3 02 30 00'],
    [objectId('2.5.29.15'), '06 03 55 1d 0f'],
    [objectId('1.2.840.10045.4.3.2'), '06 08 2a 86 48 ce 3d 04 03 02'],
    [objectId('1'), '06 01 28'],
  ]
  for (const [written, expected] of pairs) t.equal(written.toString('hex'), expected.replaceAll(' ', ''))
})

t.test('long contents say so', async t => {
  for (const [length, head] of [
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65535, '0482ffff'],
  ] as const) {
    const written = octets(Buffer.alloc(length))
    t.equal(written.subarray(0, head.length / 2).toString('hex'), head)
    t.match(parsed(written), new RegExp(`l= *${length} prim: OCTET STRING`))
  }
})

t.test('times have two digits of a year up to 2049, and four from then on', async t => {
  t.equal(time(new Date('2049-12-31T23:59:59.999Z')).toString('latin1'), '\x17\x0d491231235959Z')
  t.equal(time(new Date('2050-01-01T00:00:00Z')).toString('latin1'), '\x18\x0f20500101000000Z')
})
