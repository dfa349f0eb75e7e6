import t from 'tap'
import { entries, one, problems } from '../fixtures/yaml-secrets.ts'

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

t.test('what is the default may be written, too', async t => {
  t.strictSame(
    entries('secrets: [{path: a/b, kv: auto, method: GET, optional: false, on-change: none, env: {A: k}}]'),
    [{ path: 'a/b', env: [{ name: 'A', key: 'k' }], files: [] }],
  )
  t.match(entries('secrets: [{path: a/b, params: {}, env: {A: k}}]'), [{ method: 'PUT', params: {} }])
  t.match(entries('secrets: [{path: a/b, params: {}, method: PUT, env: {A: k}}]'), [{ method: 'PUT' }])
  t.match(entries('secrets: [{path: a/b, env: {A: k, B: l}, default: x}]'), [{ default: { k: 'x', l: 'x' } }])
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

t.test('a path has parts, and none of them leads elsewhere', async t => {
  for (const path of ['""', '/', '../x', 'a b', 'a/./b'])
    t.match(
      problems(`secrets: [{path: ${path}, env: {A: k}}]`),
      [/ path must be that of a secret with its mount/],
      path,
    )
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
})
