import fc from 'fast-check'
import t from 'tap'
import { isYaml, parseSecretsFile } from '../../src/inject/secrets-file.ts'

const variables = (text: string): readonly string[] => {
  const parsed = parseSecretsFile(text)
  return 'entries' in parsed
    ? parsed.entries.flatMap(({ path, env }) => env.map(({ name, key }) => `${name} ${path} ${key}`))
    : ['refused']
}

const refusals = (text: string): readonly string[] => {
  const parsed = parseSecretsFile(text)
  return 'problems' in parsed ? parsed.problems.map(({ line, column, message }) => `${line}:${column} ${message}`) : []
}

t.test('version 1 reads from the mount secret', async t => {
  t.strictSame(variables('DB_PASSWORD=app/db#password\n'), ['DB_PASSWORD secret/app/db password'])
})

t.test('version 2 names its mounts, each as often as it likes', async t => {
  t.strictSame(variables('VERSION 2\nMOUNT secret\nA=x#k\nMOUNT team/kv\nB=y#k\nMOUNT secret\nC=z#k\n'), [
    'A secret/x k',
    'B team/kv/y k',
    'C secret/z k',
  ])
})

t.test('a variable without a name is called after mount, path and key', async t => {
  t.strictSame(variables('third-party#api-key\n'), ['THIRD_PARTY_API_KEY secret/third-party api-key'])
  t.strictSame(variables('VERSION 2\nMOUNT secret\nthird-party#api-key\n'), [
    'SECRET_THIRD_PARTY_API_KEY secret/third-party api-key',
  ])
  t.strictSame(variables('VERSION 2\nMOUNT secret/\nx#k\n'), ['SECRET__X_K secret//x k'], 'a trailing slash is kept')
  t.strictSame(
    variables('app/v1.2#db.pass\n'),
    ['APP_V1.2_DB.PASS secret/app/v1.2 db.pass'],
    'only "/" and "-" become "_"',
  )
  t.strictSame(variables('straße#ÿ\n'), ['STRAßE_Ÿ secret/straße ÿ'], 'a letter whose upper case is two letters stays')
})

t.test('what vaultenv reads without losing anything is read the same', async t => {
  for (const [text, expected] of [
    ['', []],
    ['\n\n', []],
    ['VERSION 2\n', []],
    ['VERSION 2\nMOUNT secret\n', []],
    ['  A=x#k  \r\n\t B= y# k\n', ['A secret/x k', 'B secret/y k']],
    ['\n\n  VERSION\t2  \n\n  MOUNT \u00A0secret \n x#k\n', ['SECRET_X_K secret/x k']],
    [
      'VERSIONS#k\nMOUNTAIN=x#k\nMOUNT#k\nVERSION=x#k\n',
      ['VERSIONS_K secret/VERSIONS k', 'MOUNTAIN secret/x k', 'MOUNT_K secret/MOUNT k', 'VERSION secret/x k'],
    ],
  ] as const)
    t.strictSame(variables(text), expected, JSON.stringify(text))
})

t.test('what vaultenv should have read is read too', async t => {
  t.strictSame(variables('A=x#k'), ['A secret/x k'], 'a missing last newline')
  t.strictSame(variables('VERSION 2\nMOUNT secret\nA=x#k'), ['A secret/x k'], 'a missing last newline in version 2')
  t.strictSame(
    variables('# all of them\nA=x#k\n  # one more = x\nB=y#k\n'),
    ['A secret/x k', 'B secret/y k'],
    'comments',
  )
  t.strictSame(variables('A=x#k\n   \n\t\nB=y#k\n'), ['A secret/x k', 'B secret/y k'], 'lines of blanks')
  t.strictSame(variables('\uFEFFA=x#k\n'), ['A secret/x k'], 'a byte order mark')
  t.strictSame(variables('# secrets\nVERSION 2\nMOUNT s\nA=x#k'), ['A s/x k'], 'a comment above the header')
})

t.test('what vaultenv would silently drop is refused where it stands', async t => {
  for (const [text, at] of [
    ['VERSION2\nMOUNT secret\nA=x#k\n', '1:1 VERSION and MOUNT stand apart'],
    ['VERSION 2\nMOUNTsecret\nA=x#k\n', '2:1 VERSION and MOUNT stand apart'],
    ['VERSION 2\nmount secret\nA=x#k\n', '2:1 keywords are in capitals'],
    ['version 2\nMOUNT secret\n', '1:1 keywords are in capitals'],
    ['VERSION 1\nA=x#k\n', '1:9 the only version with a header is 2'],
    ['VERSION 22\nA=x#k\n', '1:9 the only version with a header is 2'],
    ['VERSION\n', '1:8 the only version with a header is 2'],
    ['VERSION 2\nA=x#k\n', '2:1 a version 2 file names a mount before its secrets'],
    ['VERSION 2\nMOUNT\n', '2:6 MOUNT needs the name of a secrets engine'],
    ['VERSION 2\nMOUNT secret A=x#k\n', '2:13 only the name of the mount may follow'],
    ['MOUNT secret\nA=x#k\n', '1:1 MOUNT belongs to version 2'],
    ['A=x#k\nVERSION 2\n', '2:1 VERSION may only stand on the first line'],
    ['A=x\n', '1:4 "#" and a key are expected here'],
    ['A=x y#k\n', '1:4 "#" and a key are expected here'],
    ['A=x #k\n', '1:4 no blank may stand before "#" or "="'],
    ['A =x#k\n', '1:2 no blank may stand before "#" or "="'],
    ['1A=x#k\n', '1:3 a name before "=" holds only letters'],
    ['A=#k\n', '1:3 a path is expected here'],
    ['=x#k\n', '1:1 a path is expected here'],
    ['A=x#\n', '1:5 a key is expected after "#"'],
    ['A=x#k#l\n', '1:6 one secret a line'],
    ['A=x#k B=y#l\n', '1:7 one secret a line'],
    ['ä#k\nä#k\n', '2:1 the variable Ä_K is already on line 1'],
    ['A=x#k\n\n  A=y#l\n', '3:3 the variable A is already on line 1'],
  ] as const) {
    const found = refusals(text)
    t.equal(found.length, 1, JSON.stringify(text))
    t.ok(found[0]?.startsWith(at), `${JSON.stringify(text)} gives ${found[0] ?? 'nothing'}, expected ${at}`)
  }
})

t.test('all problems of a file are reported at once', async t => {
  t.strictSame(
    refusals('A=x\nB=y#k\nB=z#k\nC=#k\n').map(text => text.split(' ')[0]),
    ['1:4', '3:1', '4:3'],
  )
})

t.test('a column counts characters, not the halves of one', async t => {
  t.ok(refusals('\u{1F511}=x#k\n')[0]?.startsWith('1:2 '))
})

t.test('a problem never quotes the file, where a value may have been pasted', async t => {
  for (const text of ['PASSWORD=hunter2\n', 'hunter2\n', 'A=x#k hunter2\n', 'MOUNT hunter2\n', 'VERSION hunter2\n'])
    t.notMatch(refusals(text).join(), /hunter2/)
})

t.test('any text is either read or refused, and reading never loses a line that says something', async () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9_./é-]{1,12}$/)
  const line = fc.oneof(
    fc.tuple(word, word).map(([path, key]) => `${path}#${key}`),
    fc.constantFrom('', '# note', '  '),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(line), lines => {
      const parsed = parseSecretsFile(lines.join('\n'))
      const meant = lines
        .join('\n')
        .replace(/^\uFEFF/, '')
        .split('\n')
        .filter(text => /[^\t\v\f\r\p{Zs}]/u.test(text) && !/^[\t\v\f\r\p{Zs}]*#/u.test(text))
      return 'problems' in parsed
        ? parsed.problems.length > 0
        : parsed.entries.length === meant.filter(text => !/^\s*(VERSION|MOUNT)\s/.test(text)).length
    }),
    { numRuns: 2000 },
  )
})

t.test('YAML is told from vaultenv by its first line that says something', async t => {
  for (const text of [
    'secrets:\n- a',
    '# x\n\n  secrets: []',
    '{"secrets": []}',
    '---\n',
    '- a',
    '"secrets": x',
    'secrets:',
    'secrets:\r\n',
    '%YAML 1.2',
    'nonsense: x',
  ])
    t.equal(isYaml(text), true, text)
  for (const text of [
    '',
    'A=x#k',
    'secrets:#key',
    'a:b#c',
    'VERSION 2\nMOUNT x',
    '# secrets:\na#b',
    'x-y/z: #k'.replace(': ', ':'),
  ])
    t.equal(isYaml(text), false, text)
})

t.test('a mistake in a header is one problem, not one for every line below it', async t => {
  for (const header of [
    'VERSION 3',
    'version 2',
    'VERSION2',
    'VERSION 2\nMOUNT',
    'VERSION 2\nMOUNT a b',
    'VERSION 2\nmount a',
    'MOUNT a',
  ])
    t.equal(refusals(`${header}\nA=x\nB=y\n`).length, 1, header)
})
