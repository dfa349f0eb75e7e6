import t from 'tap'
import { asToday, unknownIn } from '../src/older-contract.ts'

t.test('variables with paths of their own become entries', async t => {
  const variables = [
    { name: 'A', path: 'secret/a', key: 'x' },
    { name: 'B', path: 'secret/b', key: 'y' },
  ]
  t.strictSame(asToday({ version: 1, files: [{ name: 'app', variables }] }), {
    version: 1,
    files: [
      {
        name: 'app',
        entries: [
          { path: 'secret/a', env: [{ name: 'A', key: 'x' }], files: [] },
          { path: 'secret/b', env: [{ name: 'B', key: 'y' }], files: [] },
        ],
      },
    ],
  })
})

t.test('all else stays as it is, to be refused where it is wrong', async t => {
  for (const config of [{}, { files: 'text' }, { files: [null, 5, { name: 'a', entries: [] }, { variables: 'x' }] }])
    t.strictSame(asToday(config), config)
  t.strictSame(asToday({ files: [{ variables: [7] }] }), { files: [{ entries: [7] }] })
})

t.test('members that nobody knows are named by their places', async t => {
  const given = { a: 1, b: { c: 2, d: 3 }, list: [{ e: 4 }, { f: 5 }], ['__proto__x']: 6 }
  t.strictSame(unknownIn(given, { a: 1, b: { c: 2 }, list: [{ e: 4 }, {}] }), ['b.d', 'list[1].f', '__proto__x'])
  t.strictSame(unknownIn(given, given), [])
  t.strictSame(unknownIn(JSON.parse('{"__proto__": 1, "toString": 2}'), {}), ['__proto__', 'toString'])
  t.strictSame(unknownIn({ a: { b: 1 } }, { a: 'text' }), [], 'what has been read otherwise is known')
})
