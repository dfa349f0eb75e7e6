import { join } from 'node:path'
import t from 'tap'
import { renderTemplate, withTemplates } from '../../src/agent/templates.ts'
import type { Entry, OutputFile } from '../../src/contract.ts'

const entry = (...files: readonly OutputFile[]): Entry => ({ path: 'secret/a', env: [], files })
const outputs = async (...files: readonly OutputFile[]) =>
  (await withTemplates([entry(...files)], 'the file')).flatMap(each => each.files)
const url: OutputFile = { name: 'url', format: 'template', template: 'db://{{ .user }}@db' }

t.test('a template that was read makes text of a secret’s data', async t => {
  const [output = url] = await outputs(url)
  t.equal(renderTemplate(output, { user: 'web' }), 'db://web@db')
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
  t.equal(renderTemplate(output, { user: 'web' }), 'web\n')
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
  await t.rejects(outputs({ ...url, template: '{{ key "a" }}{{ timestamp }}' }), {
    message: /^the file: the template of the file url, key is a function .*; timestamp is a function/,
  })
})

t.test('what cannot be made is refused by place, and no value is shown', async t => {
  const [output = url] = await outputs({ ...url, template: '{{ .user.name }}' })
  t.throws(() => renderTemplate(output, { user: 's3cret' }), {
    message: /^the template of the file url, line 1, column /,
  })
  try {
    renderTemplate(output, { user: 's3cret' })
  } catch (error) {
    t.notMatch(String(error), /s3cret/)
  }
  const [binary = url] = await outputs({ ...url, template: '{{ base64Decode .user }}' })
  t.throws(() => renderTemplate(binary, { user: '/w==' }), {
    message: 'the template of the file url, what it makes is no valid UTF-8',
  })
})

t.test('a template that nobody has read makes nothing', async t => {
  t.throws(() => renderTemplate(url, {}), { code: 'failed', message: 'the template of the file url was not read' })
})
