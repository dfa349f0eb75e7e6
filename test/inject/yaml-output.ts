import t from 'tap'
import { one, problems } from '../fixtures/yaml-secrets.ts'

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

t.test('a key of a secret has letters', async t => {
  t.strictSame(one('files: [{name: a, format: raw, key: ""}]').length, 1)
})
