import t from 'tap'
import * as kinds from '../../src/inject/kinds.ts'

const cases: readonly (readonly [string, kinds.Kind<unknown>, Readonly<Record<string, unknown>>, readonly string[]])[] =
  [
    ['a flag', kinds.flag, { true: true, false: false }, ['', 'True', 'yes', '1', ' true']],
    ['one of some words', kinds.oneOf('auto', 'none'), { auto: 'auto', none: 'none' }, ['', 'Auto', 'auto ']],
    ['a word', kinds.word('x'), { 'my-app': 'my-app' }, ['', 'a b', 'a\n', 'é', 'x'.repeat(257)]],
    [
      'a mount path',
      kinds.mountPath('x'),
      { kubernetes: 'kubernetes', 'k8s/cluster-1': 'k8s/cluster-1' },
      ['', '/', 'a/', '/a', 'a//b', 'a/../b', '.', 'a?b', 'a#b', 'a%2e', 'a b', 'x'.repeat(257)],
    ],
    ['a text', kinds.text, { '': '', 'a\nb': 'a\nb' }, []],
    [
      'a duration',
      kinds.duration('10s', '2h', ['0s']),
      { '10s': 10, '1m30s': 90, '2h': 7200, '0s': 0 },
      ['', '0', '10', '9s', '121m', '-1m', '1.5m', '1d', '5 m', 's', '1h1h1h1h'],
    ],
    [
      'a share',
      kinds.share(0.1, 0.9),
      { '0.67': 0.67, '.5': 0.5, '0.1': 0.1, '0.9': 0.9 },
      ['', '0', '1', '0.95', '-0.5', '50%', '0.5.5', 'NaN', '5e-1'],
    ],
    [
      'a port',
      kinds.portOrNone,
      { none: 'none', '1024': 1024, '9105': 9105, '65535': 65535 },
      ['', '0', '80', '1023', '65536', '99999', '09105', '9105.0', '0x2391', 'None', ' 9105'],
    ],
    [
      'an id',
      kinds.id,
      { 1: 1, 2147483647: 2147483647 },
      ['', '0', '-1', '2147483648', '1.0', '01', 'root', '99999999999'],
    ],
    [
      'a quantity',
      kinds.quantity(2 ** 20, '1Mi'),
      {
        '64Mi': { text: '64Mi', size: 67108864 },
        '1.5G': { text: '1.5G', size: 1.5e9 },
        '1Mi': { text: '1Mi', size: 1048576 },
      },
      ['', '128m', '1Ki', '-1Gi', '64mb', 'none', '1e9'],
    ],
    [
      'a quantity or none',
      kinds.quantityOrNone(0.001, '1m'),
      { none: 'none', '500m': { text: '500m', size: 0.5 } },
      ['', '0', 'None'],
    ],
    [
      'a path',
      kinds.path,
      { '/vault/secrets': '/vault/secrets', '/a//b/': '/a/b', '/..a': '/..a' },
      ['', '/', '//', 'a', './a', '/a/../b', '/a/.', '/a:b', '/a\u0000b', '/a\nb', `/${'a'.repeat(1024)}`],
    ],
    [
      'names of containers',
      kinds.containers('all'),
      { all: 'all', 'app, web,app': ['app', 'web'] },
      ['', 'app,', 'App', 'a b', 'x'.repeat(64)],
    ],
    [
      'a container',
      kinds.containerName('x'),
      { 'my-app': 'my-app', a: 'a' },
      ['', 'A', 'a.b', 'a/b', '-a', 'a'.repeat(64)],
    ],
    ['an object', kinds.objectName, { 'my.app': 'my.app' }, ['', 'A', 'a/b', '-a']],
    [
      'an object with a key',
      kinds.objectKey('ConfigMap'),
      { ca: { name: 'ca' }, 'my.ca/tls.crt': { name: 'my.ca', key: 'tls.crt' } },
      ['', 'Ca', 'ca/', '/key', 'ca/a/b', 'ca/..', 'ca/..data', 'ca/.', '-ca'],
    ],
    [
      'several objects',
      kinds.objectKeys('ConfigMap'),
      { 'a, b/c.secrets': [{ name: 'a' }, { name: 'b', key: 'c.secrets' }] },
      ['', 'a,,b', 'a,B'],
    ],
    [
      'an address',
      kinds.address,
      {
        'https://vault.example.com:8200': 'https://vault.example.com:8200',
        'http://10.0.0.1:8200/': 'http://10.0.0.1:8200',
        'https://[::1]:8200': 'https://[::1]:8200',
      },
      [
        '',
        'vault:8200',
        'ftp://vault',
        'https://',
        'https://u:p@vault',
        'https://vault/v1',
        'https://vault?x',
        'https://vault#x',
        'https://va ult',
        'https://vault:x',
      ],
    ],
  ]

for (const [name, { allowed, read }, good, bad] of cases)
  t.test(`${name} is what its words say, and nothing else`, async t => {
    for (const [text, value] of Object.entries(good)) t.strictSame(read(text), value, JSON.stringify(text))
    for (const text of bad) t.equal(read(text), undefined, JSON.stringify(text))
    t.ok(allowed.length > 0)
  })

t.test('quantities compare in their base unit', async t => {
  t.strictSame(kinds.quantityOf('1'), { text: '1', size: 1 })
  t.equal(kinds.quantityOf('1Gi')?.size, 2 ** 30)
  t.equal(kinds.quantityOf('1x'), undefined)
})

t.test('an open-ended duration takes any length', async t => {
  t.equal(kinds.duration('x', 'y').read('1h'), 3600)
})
