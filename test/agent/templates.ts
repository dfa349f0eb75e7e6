import { join } from 'node:path'
import t from 'tap'
import { makeTemplate, placeOf, withTemplates } from '../../src/agent/templates.ts'
import type { Entry, OutputFile } from '../../src/contract.ts'

const entry = (...files: readonly OutputFile[]): Entry => ({ path: 'secret/a', env: [], files })
const outputs = async (...files: readonly OutputFile[]) =>
  (await withTemplates([entry(...files)], 'the file')).flatMap(each => each.files)
const url: OutputFile = { name: 'url', format: 'template', template: 'db://{{ .user }}@db' }
const sources = {
  env: {},
  now: 0,
  own: undefined,
  data: undefined,
  value: () => undefined,
  body: (value: object) => value,
}

t.test('a template that was read makes text of a secret’s data', async t => {
  const [output = url] = await outputs(url)
  t.strictSame(makeTemplate(output, { ...sources, data: { user: 'web' } }), {
    kind: 'made',
    asked: [],
    contents: Buffer.from('db://web@db'),
    files: [],
  })
  t.strictSame(JSON.parse(JSON.stringify(output)), url, 'and is still itself in the state')
})

t.test('entries without templates are left as they are', async t => {
  const entries = [entry({ name: 'a', format: 'json' })]
  t.equal(await withTemplates(entries, 'the file'), entries)
  const [other, output] = await outputs({ name: 'a', format: 'json' }, url)
  t.strictSame([other, output?.format], [{ name: 'a', format: 'json' }, 'template'])
})

t.test('a template may stand in a file, whose text becomes part of what is known', async t => {
  const folder = t.testdir({ 'app.ctmpl': '{{ .user }}\n' })
  const inFile: OutputFile = { name: 'a', format: 'template', templateFile: join(folder, 'app.ctmpl') }
  const [output = inFile] = await outputs(inFile)
  t.equal(output.template, '{{ .user }}\n')
  t.match(makeTemplate(output, { ...sources, data: { user: 'web' } }), { contents: Buffer.from('web\n') })
  await t.rejects(outputs({ name: 'a', format: 'template', templateFile: join(folder, 'gone') }), {
    code: 'usage',
    message: /^the template of the file a cannot be read: ENOENT/,
  })
  await t.rejects(outputs({ name: 'a', format: 'template' }), { message: /^the template of the file a cannot be read/ })
})

t.test('a template that cannot be read is refused with its place', async t => {
  await t.rejects(outputs({ ...url, template: '\n{{ .a' }), {
    code: 'usage',
    message: 'the file: the template of the file url, line 2, column 6: an action is not closed',
  })
  await t.rejects(outputs({ ...url, template: '{{ key "a" }}{{ env "HOME" }}' }), {
    message: /^the file: the template of the file url, key is a function .*; env shows a template only .* not HOME$/,
  })
})

t.test('delimiters and lenience are those of the file', async t => {
  const [output = url] = await outputs({ ...url, template: '[[ .a ]]{{', delimiters: ['[[', ']]'], lenient: true })
  t.match(makeTemplate(output, { ...sources, data: {} }), { contents: Buffer.from('<no value>{{') })
  const [strict = url] = await outputs({ ...url, template: '{{ .a }}' })
  t.match(makeTemplate(strict, { ...sources, data: {} }), { kind: 'failed', error: { code: 'usage' } })
})

t.test('what it asks is told, whether it comes to an end or not', async t => {
  const [output = url] = await outputs({
    ...url,
    template: '{{ with secret "a" }}{{ with secret "b" }}{{ base64Decode "!" }}{{ end }}{{ end }}',
  })
  const asking = (...known: readonly string[]) =>
    makeTemplate(output, { ...sources, value: ({ path }) => (known.includes(path) ? { data: { x: 1 } } : undefined) })
  t.match(asking(), { kind: 'missing', asked: [{ path: 'a' }] })
  t.match(asking('a'), { kind: 'missing', asked: [{ path: 'a' }, { path: 'b' }] })
  t.match(asking('a', 'b'), { kind: 'failed', asked: [{ path: 'a' }, { path: 'b' }] })
})

t.test('the same inputs are not gone through again, others are', async t => {
  const text =
    '{{ .u }} {{ with secret "a" }}{{ .Data.v }}{{ end }}{{ range secrets "b" }}{{ end }}{{ timestamp "unix" }}'
  const [output = url] = await outputs({ ...url, template: text })
  const answer = { data: { v: 1 } }
  const own = {}
  const inputs = {
    ...sources,
    own,
    data: { u: 'x' },
    value: ({ path }: { path: string }) => (path === 'a' ? answer : null),
  }
  const first = makeTemplate(output, inputs)
  t.match(first, { kind: 'made', contents: Buffer.from('x 10') })
  t.equal(makeTemplate(output, { ...inputs, data: { u: 'x' } }), first)
  for (const other of [
    { own: {}, data: { u: 'y' } },
    { now: 1000 },
    { env: { POD_IP: '' } },
    { value: () => ({ data: { v: 2, keys: [] } }) },
  ]) {
    t.not(makeTemplate(output, { ...inputs, ...other }), first)
    t.match(makeTemplate(output, inputs), first)
    t.not(makeTemplate(output, inputs), first)
  }
})

t.test('what cannot be made is refused by place, and no value is shown', async t => {
  const [output = url] = await outputs({ ...url, template: '{{ .user.name }}' })
  const made = makeTemplate(output, { ...sources, data: { user: 's3cret' } })
  t.match(made, { kind: 'failed', error: { message: /^the template of the file url, line 1, column / } })
  t.notMatch(JSON.stringify(made) + String('error' in made && made.error), /s3cret/)
})

t.test('bytes that are no text stay bytes', async t => {
  const [output = url] = await outputs({ ...url, template: '{{ base64Decode .user }}' })
  t.match(makeTemplate(output, { ...sources, data: { user: '/w==' } }), { contents: Buffer.from([255]) })
})

t.test('a template that nobody has read makes nothing', async t => {
  t.match(makeTemplate(url, sources), {
    kind: 'failed',
    asked: [],
    error: { code: 'failed', message: 'the template of the file url was not read' },
  })
})

t.test('of its environment a template sees what is the pod’s own', async t => {
  t.strictSame(placeOf({ POD_IP: '10.0.0.1', HOME: '/', PODVAULT_CONFIG: '{}' }, { uid: 100, gid: 1000 }), {
    env: { POD_IP: '10.0.0.1' },
    user: '100',
    group: '1000',
  })
})
