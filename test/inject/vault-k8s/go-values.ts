import t from 'tap'
import type { Kind } from '../../../src/inject/kinds.ts'
import {
  anyOf,
  bool,
  duration,
  float,
  id,
  int,
  interval,
  list,
  perms,
  quantity,
  secondsOf,
  string,
  uint,
} from '../../../src/inject/vault-k8s/go-values.ts'

/** What vault-k8s's own table accepts and refuses, run through vault-k8s 1.6.2. */
const table: readonly (readonly [string, Kind<unknown>, readonly (readonly [string, unknown])[], readonly string[]])[] =
  [
    [
      'a boolean',
      bool,
      [
        ...['1', 't', 'T', 'TRUE', 'true', 'True'].map(text => [text, true] as const),
        ...['0', 'f', 'F', 'FALSE', 'false', 'False', ''].map(text => [text, false] as const),
      ],
      ['tRuE', 'yes', 'on', 'no', '2', ' true', '__proto__', 'constructor'],
    ],
    [
      'a text',
      string,
      [
        ['', ''],
        ['x', 'x'],
      ],
      [],
    ],
    [
      'a list',
      list,
      [
        ['', []],
        ['a', ['a']],
        ['a, b ,,c', ['a', 'b', 'c']],
      ],
      [],
    ],
    [
      'one of some words',
      anyOf('map', 'json'),
      [
        ['map', 'map'],
        ['JSON', 'json'],
      ],
      ['', 'x', 'maps'],
    ],
    [
      'a whole number',
      int,
      [
        ['', 0],
        ['0', 0],
        ['-0', 0],
        ['7', 7],
        ['007', 7],
        ['+7', 7],
        ['-7', -7],
      ],
      ['x', '1.5', '0x10', '1_000', '99999999999999999999'],
    ],
    [
      'an unsigned whole number',
      uint,
      [
        ['0', 0],
        ['01', 1],
        ['5', 5],
      ],
      ['', '-1', '+1', '5s', '1.0'],
    ],
    [
      'an id',
      id,
      [
        ['', 'none'],
        ['0', 0],
        ['+5', 5],
        ['2147483647', 2147483647],
      ],
      ['-1', 'x', '2147483648', '0x1'],
    ],
    [
      'a number',
      float,
      [
        ['0.9', 0.9],
        ['.5', 0.5],
        ['1.', 1],
        ['-1', -1],
        ['1e-2', 0.01],
      ],
      ['', 'x', '1e999', '1,5'],
    ],
    [
      'a duration',
      duration,
      [
        ['', ''],
        ['0', '0'],
        ['5s', '5s'],
        ['1m30s', '1m30s'],
        ['1.5h', '1.5h'],
        ['-1s', '-1s'],
        ['500ms', '500ms'],
      ],
      ['x', '5', '5x', '1 s', 's'],
    ],
    [
      'an interval',
      interval,
      [
        ['', 'none'],
        ['30', { text: '30', seconds: 30 }],
        ['0s', { text: '0s', seconds: 0 }],
        ['1m30s', { text: '1m30s', seconds: 90 }],
        ['500ms', { text: '500ms', seconds: 0.5 }],
      ],
      ['x', '-1s', '5x'],
    ],
    [
      'a quantity',
      quantity,
      [
        ['', 'none'],
        ['500m', { text: '500m', size: 0.5 }],
        ['1Gi', { text: '1Gi', size: 2 ** 30 }],
        ['1E', { text: '1E', size: 1e18 }],
        ['1E3', { text: '1E3', size: 1000 }],
        ['1e-3', { text: '1e-3', size: 0.001 }],
        ['.5', { text: '.5', size: 0.5 }],
        ['+2', { text: '+2', size: 2 }],
        ['2n', { text: '2n', size: 2e-9 }],
      ],
      ['500mi', '128mb', '128g', '128gi', 'x', '-1', '1.2.3', '1 Gi'],
    ],
    [
      'the mode of a file',
      perms,
      [
        ['', 'none'],
        ['0600', 0o600],
        ['644', 0o644],
        ['007777', 0o7777],
      ],
      ['0o600', '0800', 'rw', '10000', '-1'],
    ],
  ]

for (const [name, { read, allowed }, good, bad] of table)
  t.test(`${name} is read as vault-k8s reads it`, async t => {
    for (const [text, value] of good) t.strictSame(read(text), value, JSON.stringify(text))
    for (const text of bad) t.equal(read(text), undefined, JSON.stringify(text))
    t.not(allowed, '')
  })

t.test('a duration is in seconds', async t => {
  t.equal(secondsOf('1h2m3s'), 3723)
  t.equal(secondsOf('-1m'), -60)
  t.equal(secondsOf('+0'), 0)
  t.equal(secondsOf('1µs'), 1e-6)
})
