import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { accept, render, type Values } from '../../src/agent/render.ts'
import type { WantedFile } from '../../src/agent/secrets-files.ts'
import { parseJson } from '../../src/vault/json.ts'
import { kubeletValue } from '../fixtures/kubelet-env.ts'

const file = (names: readonly string[], more: Partial<WantedFile> = {}): WantedFile => ({
  name: 'web',
  source: 'the inline secrets file',
  inline: true,
  variables: names.map(name => ({ name, path: 'secret/app', key: name })),
  ...more,
})
const values = (data: Record<string, unknown>): Values => new Map([['secret/app', data]])
const one = (value: unknown, env: 'auto' | 'file' | 'none' = 'auto', inline = true) =>
  render([file(['A'], { inline })], values({ A: value }), env)

t.test('each secrets file becomes one JSON object, and all variables one env file', async t => {
  const files = [
    file(['M'], { name: 'mounted', inline: false }),
    file(['A', 'B', '__proto__']),
    file(['C'], { name: 'other' }),
  ]
  const data = JSON.parse('{"A":"x y","B":1,"__proto__":"p","C":"c","M":"it\'s","unwanted":"u"}')
  t.strictSame(
    [...render(files, values(data), 'auto')],
    [
      ['mounted.json', '{"M":"it\'s"}\n'],
      ['web.json', '{"A":"x y","B":1,"__proto__":"p"}\n'],
      ['other.json', '{"C":"c"}\n'],
      // What fileKeyRef reads comes first: the kubelet stops at what it cannot read.
      ['env', "A='x y'\nB='1'\n__proto__='p'\nC='c'\nM='it'\\''s'\n"],
    ],
  )
  t.strictSame([...render(files, values(data), 'none').keys()], ['mounted.json', 'web.json', 'other.json'])
  t.strictSame([...render([], new Map(), 'auto')], [['env', '']])
})

t.test('numbers and structures keep their digits', async t => {
  const data = parseJson('{"A":12345678901234567890,"B":{"x":[1.10,null]},"C":true,"D":null}')
  const files = render([file(['A', 'B', 'C', 'D'])], new Map([['secret/app', data as Record<string, unknown>]]), 'auto')
  t.equal(files.get('web.json'), '{"A":12345678901234567890,"B":{"x":[1.10,null]},"C":true,"D":null}\n')
  t.equal(files.get('env'), `A='12345678901234567890'\nB='{"x":[1.10,null]}'\nC='true'\nD='null'\n`)
})

t.test('a value that fileKeyRef cannot carry is refused by its name, with the way out', async t => {
  const way = 'set podvault.dev/env: file, or read web.json'
  const cases: readonly [unknown, string][] = [
    ['', 'is empty, which Kubernetes takes for missing'],
    ["s3cret'", 'has a single quote in it'],
    ['s3cret\r\n', 'has CRLF line ends, which would come out as LF'],
    ['s3cret\0', 'has a NUL byte in it'],
    ['s3cret\uD800', 'is not valid Unicode'],
    ['s'.repeat(65_536 - 4), 'has a line of more than 64 KiB'],
    ['ä'.repeat(32_766), 'has a line of more than 64 KiB'],
    [{ a: "s3cret'" }, 'has a single quote in it'],
  ]
  for (const [value, problem] of cases)
    t.throws(
      () => one(value),
      { message: `the variable A ${problem}, so the env file cannot carry it`, hint: way },
      problem,
    )
  for (const value of [
    '\r',
    'a\rb',
    '\n',
    ' ',
    '#',
    '"',
    '$x',
    '\\',
    's'.repeat(65_536 - 5),
    `${'s'.repeat(60_000)}\n`.repeat(3),
  ])
    t.equal(kubeletValue(one(value).get('env') ?? '', 'A'), value)
})

t.test('whatever is not refused reaches the app as it is in Vault', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', "'", '"', '\n', '\r', '\0', ' ', '#', '=', '\\', '$', 'ä', '\uD800'),
  })
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), texts => {
      const names = texts.map((_, index) => `V${index}`)
      const data = Object.fromEntries(names.map((name, index) => [name, texts[index]]))
      for (const [index, name] of names.entries()) {
        const carried = accept([file([name])], 'auto', new Map(), values(data))
        if (carried.problems.length > 0) continue
        const env = render([file([name])], values(data), 'auto').get('env') ?? ''
        if (kubeletValue(env, name) !== texts[index]) return false
      }
      return true
    }),
  )
})

t.test('a shell reads back what env: file wrote', async t => {
  const given = { A: `it's "$HOME" \\ \`x\`\n#`, B: '', C: 'ä', D: "''", E: '\r\n' }
  const path = join(t.testdir(), 'env')
  writeFileSync(path, render([file(Object.keys(given))], values(given), 'file').get('env') ?? '')
  for (const [name, value] of Object.entries(given)) {
    const script = `. "$0"; printf '%s|' "$${name}"`
    t.equal(execFileSync('sh', ['-c', script, path], { encoding: 'utf8' }), `${value}|`, name)
  }
})

t.test('what no shell can carry is refused by its name', async t => {
  const odd = file(['A.B'])
  const hint = 'name it in the secrets file, as NAME=path#key, or set podvault.dev/env: none and read web.json'
  t.throws(() => render([odd], values({ 'A.B': 'x' }), 'file'), {
    message: /^the variable A\.B has a name no shell knows/,
    hint,
  })
  t.throws(() => render([{ ...odd, inline: false }], values({ 'A.B': 'x' }), 'auto'), {
    message: /no shell knows/,
    hint,
  })
  t.equal(render([odd], values({ 'A.B': 'x' }), 'auto').get('env'), "A.B='x'\n", 'the kubelet does')
  t.throws(() => one('\0', 'file'), { message: /NUL/, hint: 'set podvault.dev/env: none and read web.json' })
  t.throws(() => one('\uD800', 'auto', false), { message: /not valid Unicode/ })
})

t.test('a value that is not there is an error', async t => {
  t.throws(() => render([file(['A'])], new Map(), 'auto'), { message: 'the variable A has no value yet' })
  t.throws(() => render([file(['constructor'])], values({}), 'auto'), { message: /no value yet/ })
})

t.test('one value that cannot be carried does not hold back the others', async t => {
  const files = [file(['A']), file(['B'], file('b'))]
  const old: Values = new Map([
    ['secret/app', { A: 'old' }],
    ['secret/b', { B: 'old' }],
  ])
  const changes: Values = new Map([
    ['secret/app', { A: "s3cret'" }],
    ['secret/b', { B: 'new' }],
  ])
  const { values, problems } = accept(files, 'auto', old, changes)
  t.strictSame(
    values,
    new Map([
      ['secret/app', { A: 'old' }],
      ['secret/b', { B: 'new' }],
    ]),
  )
  t.match(problems, [{ message: /^the variable A has a single quote/ }])
  t.equal(problems.length, 1)
})
