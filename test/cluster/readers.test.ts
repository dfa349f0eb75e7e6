// What podvault writes, before the programs that read it: Python's configparser and csv, Java's Properties, the shells, openssl.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { contentsOf } from '../../src/agent/formats.ts'
import type { Format } from '../../src/contract.ts'
import { PodvaultError } from '../../src/errors.ts'

type Texts = Readonly<Record<string, string>>

const pieces = [
  'a',
  'B',
  '0',
  ' ',
  '\t',
  '\n',
  '\r',
  '\0',
  '"',
  "'",
  '`',
  '$',
  '$(x)',
  '\\',
  '=',
  ':',
  ';',
  '#',
  '!',
  '%',
  '%(a)s',
  '[',
  ']',
  ',',
  '{',
  '&',
  '*',
  '-',
  '|',
  '~',
  'ä',
  '€',
  '😀',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\uFEFF',
  '\x1c',
  '\x7f',
  '\uD800',
  '\uDC00',
  '\\u0041',
  '\\n',
  'rem ',
  'export ',
  '',
]
const text = fc.string({ unit: fc.constantFrom(...pieces), maxLength: 12 })
const key = fc.oneof(text, fc.constantFrom('password', 'db-user', 'a.b', 'A', '_x', 'KEY'))
const secrets = fc.dictionary(key, text, { maxKeys: 6, noNullPrototype: true })
const megabyte = { password: 'aä"$'.repeat(200_000), other: 'x' }

/** The file, unless it is refused by name, without the value. */
const written = (t: Test, format: Format, data: Texts): string | undefined => {
  try {
    return contentsOf({ name: 'f', format }, 'secret/app', data, undefined)[0]?.[1]
  } catch (error) {
    if (!(error instanceof PodvaultError)) throw error
    if (!Object.keys(data).some(each => error.message.includes(each))) t.fail('refused without a name')
    return undefined
  }
}

/** Writes samples that the format can carry; how many it refused is told, so that nobody takes a refusal of all for a success. */
const samples = (t: Test, format: Format, wanted: number): readonly (readonly [path: string, data: Texts])[] => {
  const folder = join(t.testdir({ samples: {}, classes: {} }), 'samples')
  const drawn = [megabyte, ...fc.sample(secrets, { numRuns: wanted * 3, seed: 20_261_121 })]
  const carried = drawn.flatMap((data, index) => {
    const content = written(t, format, data)
    if (content === undefined) return []
    const path = join(folder, String(index))
    writeFileSync(path, content)
    return [[path, data] as const]
  })
  t.ok(
    carried.length >= wanted / 3,
    `${format}: ${carried.length} of ${drawn.length} are carried, the others refused by name`,
  )
  return carried
}

const sorted = (data: unknown) => Object.entries(data as Texts).toSorted(([one], [other]) => (one < other ? -1 : 1))

const python = (format: Format, paths: readonly string[]): readonly unknown[] =>
  execFileSync('python3', [join(import.meta.dirname, 'readers/read.py'), format], {
    input: paths.join('\n'),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as unknown)

for (const format of ['ini', 'csv', 'json'] as const)
  t.test(`Python reads back every ${format}`, async t => {
    const carried = samples(t, format, 2000)
    const read = python(
      format,
      carried.map(([path]) => path),
    )
    const wrong = carried.filter(([, data], index) => fc.stringify(sorted(read[index])) !== fc.stringify(sorted(data)))
    t.strictSame(wrong.slice(0, 3), [])
    t.equal(read.length, carried.length)
  })

t.test("botocore's reader gets back the credentials of AWS", async t => {
  const folder = t.testdir({})
  const path = join(folder, 'credentials')
  const data = { access_key: 'AKIA', secret_key: 'a/b+c=%x', security_token: 'FQoG//=' }
  writeFileSync(path, written(t, 'aws', data) ?? '')
  t.strictSame(python('aws', [path])[0], {
    aws_access_key_id: 'AKIA',
    aws_secret_access_key: 'a/b+c=%x',
    aws_security_token: 'FQoG//=',
    aws_session_token: 'FQoG//=',
  })
})

const hex = (value: string): string =>
  Array.from({ length: value.length }, (_, index) => value.charCodeAt(index).toString(16).padStart(4, '0')).join('')

t.test('java.util.Properties reads back everything, halves of characters too', async t => {
  const carried = samples(t, 'properties', 2000)
  const classes = join(t.testdirName, 'classes')
  execFileSync('javac', ['-d', classes, join(import.meta.dirname, 'readers/Properties.java')])
  const list = join(classes, 'paths')
  writeFileSync(list, carried.map(([path]) => path).join('\n'))
  const read = execFileSync('sh', ['-c', 'xargs java -cp "$0" Properties < "$1"', classes, list], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const lines = read.trimEnd().split('\n')
  const wrong = carried.filter(([, data], index) => {
    const expected = Object.entries(data).map(([name, value]) => `${hex(name)}=${hex(value)}`)
    return (lines[index] ?? '').trim().split(' ').filter(Boolean).sort().join(' ') !== expected.sort().join(' ')
  })
  t.strictSame(wrong.slice(0, 3), [])
})

/** Prints variables with a NUL behind each. */
const print = (names: readonly string[]) => names.map(name => `printf '%s\\0' "$${name}"`)

for (const shell of ['dash', 'bash', 'busybox sh'])
  t.test(`${shell} reads back every env`, async t => {
    const carried = samples(t, 'env', 600)
    const script = carried.map(([path, data]) => {
      const names = Object.keys(data).map(name => name.toUpperCase().replaceAll(/[-./]/g, '_'))
      return `( . '${path}'; ${[...print(names), String.raw`printf '\0'`].join('; ')} )`
    })
    const [program = '', ...args] = shell.split(' ')
    const output = execFileSync(program, [...args, '-s'], {
      input: script.join('\n'),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
    t.equal(
      output,
      carried
        .map(
          ([, data]) =>
            `${Object.values(data)
              .map(value => `${value}\0`)
              .join('')}\0`,
        )
        .join(''),
    )
  })

t.test('a variable that a shell keeps for itself is refused, all others take what they are given', async t => {
  const names = execFileSync('bash', ['-c', 'compgen -v'], { encoding: 'utf8', env: {} }).trimEnd().split('\n')
  const folder = t.testdir({})
  for (const shell of ['bash', 'dash', 'busybox sh'])
    for (const name of [
      ...names,
      'OPTIND',
      'RANDOM',
      'SRANDOM',
      'EPOCHSECONDS',
      'HISTCMD',
      'IFS',
      'PS4',
      'ENV',
      'HOME',
    ]) {
      const content = written(t, 'env', { [name]: 'a[$(id)] x', after: 'z' })
      if (content === undefined) continue
      writeFileSync(join(folder, 'env'), content)
      const [program = '', ...args] = shell.split(' ')
      const script = `. '${join(folder, 'env')}'; printf '%s|%s' "$${name}" "$AFTER"`
      t.equal(execFileSync(program, [...args, '-c', script], { encoding: 'utf8' }), 'a[$(id)] x|z', `${shell} ${name}`)
    }
})

t.test('openssl takes certificate, chain and key for what they are', async t => {
  const folder = t.testdir({})
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...ec, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca', '-days', '2')
  openssl(
    'req',
    '-x509',
    ...ec,
    '-keyout',
    'leaf.key',
    '-out',
    'leaf.pem',
    '-subj',
    '/CN=web',
    '-days',
    '2',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
  )
  const [certificate, issuing_ca, private_key] = ['leaf.pem', 'ca.pem', 'leaf.key'].map(name =>
    execFileSync('cat', [join(folder, name)], { encoding: 'utf8' }),
  )
  const data = { certificate, issuing_ca, private_key, ca_chain: [issuing_ca] }
  for (const format of ['cert', 'bundle'] as const)
    for (const [name, content] of contentsOf({ name: format, format }, 'pki/issue/web', data, undefined))
      writeFileSync(join(folder, name), content)
  t.match(openssl('verify', '-CAfile', 'cert.ca', 'cert.crt'), /OK/)
  t.match(openssl('verify', '-CAfile', 'cert.chain', 'cert.crt'), /OK/)
  t.match(openssl('verify', '-CAfile', 'bundle-ca.pem', 'bundle.pem'), /OK/)
  const publicKey = (...args: readonly string[]) => openssl(...args)
  for (const [cert, key] of [
    ['cert.crt', 'cert.key'],
    ['bundle.pem', 'bundle-key.pem'],
    ['bundle-bundle.pem', 'bundle-bundle.pem'],
  ] as const)
    t.equal(publicKey('x509', '-pubkey', '-noout', '-in', cert), publicKey('pkey', '-pubout', '-in', key), key)
})
