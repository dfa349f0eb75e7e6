import fc from 'fast-check'
import t from 'tap'
import { parseYamlSecretsFile } from '../../src/inject/yaml-secrets-file.ts'

const entries = (text: string) => {
  const parsed = parseYamlSecretsFile(text)
  return 'entries' in parsed ? parsed.entries : parsed.problems
}
const problems = (text: string): readonly string[] => {
  const parsed = parseYamlSecretsFile(text)
  return 'problems' in parsed ? parsed.problems.map(({ line, column, message }) => `${line}:${column} ${message}`) : []
}
const one = (text: string) =>
  problems(`secrets:\n- {path: a/b, ${text}}`).map(problem => problem.replace(/^2:\d+ /, ''))

t.test('reads all that can be said of a secret', async t => {
  t.strictSame(
    entries(`secrets:
- path: database/creds/app          # read once: one lease
  env: {DB_USER: username, DB_PASSWORD: password}
  files:
  - {name: url, template: "postgres://{{ .username }}@db/app", mode: "0400"}
  on-change: "signal:SIGHUP"
- path: pki/issue/web
  method: POST
  params: {common_name: web.example.com, alt_names: [a, b], nested: {ttl: 24h}, many: .inf, none: {a: null, b}}
  files: [{name: tls/web, format: cert, mode: 0440}]
- path: /secret/app/
  kv: v2
  version: 3
  optional: true
  default: {a: b, c: 1}
  files:
  - {name: app.json, format: json}
  - {name: a, format: raw, key: password, decode: base64}
  - {name: b, template-file: /etc/secrets.d/b.ctmpl}
  - {name: c, template: x, format: template}
`),
    [
      {
        path: 'database/creds/app',
        env: [
          { name: 'DB_USER', key: 'username' },
          { name: 'DB_PASSWORD', key: 'password' },
        ],
        files: [{ name: 'url', format: 'template', template: 'postgres://{{ .username }}@db/app', mode: 0o400 }],
        onChange: { kind: 'signal', signal: 'SIGHUP' },
      },
      {
        path: 'pki/issue/web',
        method: 'POST',
        params: {
          common_name: 'web.example.com',
          alt_names: ['a', 'b'],
          nested: { ttl: '24h' },
          many: '.inf',
          none: { a: null, b: null },
        },
        env: [],
        files: [{ name: 'tls/web', format: 'cert', mode: 0o440 }],
      },
      {
        path: '/secret/app/',
        kv: 'v2',
        version: 3,
        optional: true,
        default: { a: 'b', c: 1 },
        env: [],
        files: [
          { name: 'app.json', format: 'json' },
          { name: 'a', format: 'raw', key: 'password', decode: 'base64' },
          { name: 'b', format: 'template', templateFile: '/etc/secrets.d/b.ctmpl' },
          { name: 'c', format: 'template', template: 'x' },
        ],
      },
    ],
  )
})

t.test('a file without a word in it asks for nothing, and is one all the same', async t => {
  for (const text of ['', '# nothing\n', '---\n', 'secrets: []', '\uFEFFsecrets: []'])
    t.strictSame(entries(text), [], text)
})

t.test('what is the default may be written, too', async t => {
  t.strictSame(
    entries('secrets: [{path: a/b, kv: auto, method: GET, optional: false, on-change: none, env: {A: k}}]'),
    [{ path: 'a/b', env: [{ name: 'A', key: 'k' }], files: [] }],
  )
  t.match(entries('secrets: [{path: a/b, params: {}, env: {A: k}}]'), [{ method: 'PUT', params: {} }])
  t.match(entries('secrets: [{path: a/b, params: {}, method: PUT, env: {A: k}}]'), [{ method: 'PUT' }])
  t.match(entries('secrets: [{path: a/b, env: {A: k, B: l}, default: x}]'), [{ default: { k: 'x', l: 'x' } }])
})

t.test('what is no YAML is refused where it stops being it, without its own words', async t => {
  t.strictSame(problems('secrets: ['), ['1:11 this is no YAML: bad indent'])
  t.strictSame(problems('secrets: [hunter2'), ['1:18 this is no YAML: bad indent'])
  t.strictSame(problems('a: b: hunter2'), ['1:4 this is no YAML: block as implicit key'])
  t.strictSame(problems('secrets: !hunter2 x'), ['1:10 this is no YAML: tag resolve failed'])
  t.strictSame(problems('--- a\n--- b'), ['2:1 this is no YAML: multiple docs'])
  t.equal(problems('['.repeat(50_000)).length, 1)
  t.equal(problems('- '.repeat(200_000)).length, 1)
})

t.test('aliases are refused: what they stand for is to be seen', async t => {
  t.strictSame(problems('secrets:\n- &a {path: x/y, env: {A: k}}\n- *a'), [
    '3:3 a secrets file has no aliases; write it out',
  ])
})

t.test('an unknown key is refused at its place, with the one that was meant', async t => {
  t.strictSame(problems('secret: []\nsecrets: []'), [
    '1:1 a secrets file has a key that does not exist; did you mean secrets?',
  ])
  t.strictSame(one('env: {A: k}, file: []'), ['a secret has a key that does not exist; did you mean files?'])
  t.strictSame(one('files: [{name: a, format: json, fire: 1}]'), [
    'a file has a key that does not exist; there are: name, format, key, decode, template, template-file, mode',
  ])
})

t.test('each value that is not allowed is named, all at once and in order', async t => {
  t.strictSame(
    problems(`secrets:
- path: a/../b
  kv: v3
  version: 0
  method: LIST
  optional: yes
  on-change: signal:SIGKILL
  env: {"A=B": k, C: 7, D: ""}
  files: {}
- env: []
- nothing
`),
    [
      '2:9 path must be that of a secret with its mount, as database/creds/app',
      '3:7 kv must be one of: v1, v2, auto',
      '4:12 version must be a whole number from 1',
      '5:11 method must be one of: GET, POST, PUT',
      '6:13 optional must be true or false',
      '7:14 on-change must be "none", "restart", "signal:SIGHUP" (or SIGUSR1, SIGUSR2, SIGWINCH, SIGTERM, SIGINT, SIGQUIT), or "http:POST http://127.0.0.1:8080/-/reload" (GET, POST or PUT, to this pod itself)',
      '8:9 a variable has a name without "=" and blanks',
      '8:28 what stands behind a variable must be a key of the secret, as password',
      '9:10 files must be a list',
      '10:3 a secret needs a path, as database/creds/app',
      '10:8 env must be a map of keys and values',
      '11:3 a secret must be a map of keys and values',
    ],
  )
  t.strictSame(problems('secrets: 7'), ['1:10 secrets must be a list'])
  t.strictSame(problems('- a'), ['1:1 a secrets file must be a map of keys and values'])
  t.strictSame(problems('secrets: [{path: , env: {A: b}}]'), [
    '1:11 a secret needs a path, as database/creds/app',
    '1:12 this key has no value',
  ])
  t.strictSame(problems('{[a]: b}'), ['1:2 a secrets file has a key that is no word'])
})

t.test('a number is a key of a secret like any other', async t => {
  t.match(entries('secrets: [{path: a/b, env: {A: 7}}]'), [{ env: [{ name: 'A', key: '7' }] }])
})

t.test('a secret that nothing is made of is refused', async t => {
  t.strictSame(problems('secrets: [{path: a/b}]'), [
    '1:11 nothing is made of this secret; give it env, as {DB_USER: username}, or files',
  ])
})

t.test('what does not go together is refused', async t => {
  t.strictSame(one('env: {A: k}, method: GET, params: {}'), [
    'GET carries no params; leave the method out, or write PUT or POST',
  ])
  t.strictSame(one('env: {A: k}, kv: v1, version: 2'), ['KV version 1 keeps no versions of a secret; leave it out'])
  t.strictSame(one('files: [{name: a, format: json}], default: x'), [
    'this default is for the keys of env, and there are none; write a map of keys and values',
  ])
  t.strictSame(one('env: {A: k}, default: [x]'), ['default must be text, or a map of keys and values'])
  t.strictSame(one('env: {A: k}, params: x'), ['params must be a map of keys and values'])
  t.strictSame(one('env: {A: k}, default: {a: }'), ['this key has no value'])
})

t.test('a file needs a name and one format', async t => {
  const file = (text: string) => one(`files: [{${text}}]`)
  t.strictSame(file('format: json'), ['a file needs a name'])
  t.strictSame(file('name: a'), [
    'a file needs a format (json, yaml, env, properties, ini, csv, raw, cert, bundle, aws, template), or a template',
  ])
  t.strictSame(file('name: a, format: template'), ['format template needs a template, or a template-file'])
  t.strictSame(file('name: a, format: json, template: x'), [
    'a template makes the format; leave the format out, or the template',
  ])
  t.strictSame(file('name: a, template: x, template-file: /etc/secrets.d/a.tpl'), [
    'template and template-file exclude each other; keep one',
  ])
  t.strictSame(file('name: a, format: json, key: k'), ['key belongs to format raw, which writes one value'])
  t.strictSame(file('name: a, format: json, decode: base64'), ['decode belongs to format raw, which writes one value'])
  t.strictSame(file('name: a, format: raw, decode: hex'), ['decode must be one of: base64'])
  t.strictSame(file('name: a, format: [x]').length, 1)
  t.strictSame(one('files: [x]'), ['a file must be a map of keys and values'])
})

t.test('the name of a file leads nowhere else', async t => {
  for (const name of [
    '../x',
    '/x',
    'a/../b',
    'a//b',
    'a/',
    '.',
    '..data',
    'a/..x',
    'env',
    'token',
    'a b',
    `"${'x'.repeat(254)}"`,
  ])
    t.match(one(`files: [{name: ${name}, format: json}]`), [/^the name of a file is a relative path/], name)
  for (const name of ['x', '.env', 'a/b.c', 'env/token', '.a/.b'])
    t.strictSame(one(`files: [{name: ${name}, format: json}]`), [], name)
})

t.test('a mode is written as chmod knows it, and the owner reads', async t => {
  for (const mode of ['400', '0200', '"0888"', '0o400', '01777', 'rw'])
    t.match(one(`files: [{name: a, format: json, mode: ${mode}}]`), [/^mode must be three octal digits/], mode)
  for (const mode of ['0400', '"0640"', '0755'])
    t.strictSame(one(`files: [{name: a, format: json, mode: ${mode}}]`), [], mode)
})

t.test('templates alone need no secret of their own', async t => {
  t.strictSame(entries('secrets: [{files: [{name: a, template: x}], on-change: restart}]'), [
    { env: [], files: [{ name: 'a', format: 'template', template: 'x' }], onChange: { kind: 'restart' } },
  ])
  const needs = '1:11 a secret needs a path, as database/creds/app'
  t.strictSame(problems('secrets: [{files: [{name: a, template: x}, {name: b, format: json}]}]'), [needs])
  t.strictSame(problems('secrets: [{files: [{name: a, template: x}], env: {}}]'), [needs])
  t.strictSame(problems('secrets: [{files: []}]'), [needs])
  t.strictSame(problems('secrets: [{files: [{name: a, template: x}], optional: true, kv: v1}]'), [
    '1:11 kv belongs to a secret with a path; give it one, or leave kv out',
    '1:11 optional belongs to a secret with a path; give it one, or leave optional out',
  ])
})

t.test('a template’s file is one of a mounted ConfigMap', async t => {
  for (const file of [
    '/etc/passwd',
    '/etc/secrets.d/../x.tpl',
    '/etc/secrets.d/a',
    '/etc/secrets.d/a/b/c.tpl',
    'a.tpl',
  ])
    t.equal(one(`files: [{name: a, template-file: ${file}}]`).length, 1, file)
  t.strictSame(one('files: [{name: a, template-file: /etc/secrets.d/app/a.ctmpl}]'), [])
})

t.test('a certificate may be several files and a bundle besides, as long as none has the name of another', async t => {
  const files = (...more: readonly string[]) =>
    `secrets: [{path: pki/issue/web, files: [${['{name: web, format: cert}', ...more].join(', ')}]}]`
  t.strictSame(problems(files('{name: web, format: bundle}', '{name: web, format: json}')), [])
  t.strictSame(problems(files('{name: web.key, format: raw, key: k}')), [
    '1:68 the file web.key is given above; give one of them another name',
  ])
})

t.test('a name that is given twice is refused at the later place', async t => {
  t.strictSame(
    problems(`secrets:
- {path: a/b, env: {A: k, B: l}, files: [{name: x, format: json}]}
- {path: c/d, env: {A: m}, files: [{name: x, format: yaml}]}`),
    [
      '3:21 the variable A is given above; give one of them another name',
      '3:36 the file x is given above; give one of them another name',
    ],
  )
  t.strictSame(problems('secrets: [{path: a/b, env: {A: k, A: l}}]'), [
    '1:35 this key stands in the map already; keep one of them',
  ])
})

const piece = fc.constantFrom(
  'secrets',
  'path',
  'env',
  'files',
  'name',
  'format',
  'json',
  ': ',
  '\n',
  '- ',
  '  ',
  '{',
  '}',
  '[',
  ']',
  ', ',
  '"',
  '&a ',
  '*a',
  '|',
  '#',
  'a/b',
  '0',
  '!!map ',
  '\0',
  '\t',
)

t.test('any text is a secrets file or has a problem, and no problem quotes it', async () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 40 }), pieces => {
      const parsed = parseYamlSecretsFile(`hunter2: ${pieces.join('')}`)
      return 'entries' in parsed || (parsed.problems.length > 0 && !JSON.stringify(parsed).includes('hunter2'))
    }),
    { numRuns: 2000 },
  )
})

t.test('a file is not longer than can be read while others wait', async t => {
  const start = 'secrets: [] #'
  t.strictSame(parseYamlSecretsFile(start.padEnd(64 * 1024, 'x')), { entries: [] })
  t.strictSame(parseYamlSecretsFile(start.padEnd(64 * 1024 + 1, 'x')), {
    problems: [{ line: 1, column: 1, message: 'a secrets file in YAML has at most 65536 characters' }],
  })
})

t.test('a key that stands twice is found however deep it lies, and however many there are', async t => {
  const nested = parseYamlSecretsFile('secrets: [{path: a/b, env: {A: b}, params: {x: [{y: 1, y: 2}]}}]')
  t.match(nested, { problems: [{ line: 1, column: 56, message: /^this key stands in the map already/ }] })
  const many = Array.from({ length: 5000 }, (_, index) => `k${index}: v`).join('\n')
  t.match(parseYamlSecretsFile(`${many}\nk0: v`), { problems: { length: 5001 } })
})
