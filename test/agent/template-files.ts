import t from 'tap'
import { templateFiles, Unanswered } from '../../src/agent/template-files.ts'
import type { AgentConfig, OutputFile } from '../../src/contract.ts'
import { configOf, templates } from '../fixtures/agent.ts'

const place = { env: {}, user: '100', group: '1000' }
const paths = { '/vault/secrets': '/podvault/secrets', '/vault/secrets/tls/': '/podvault/custom-0' }

const made = async (template: string, change: Partial<AgentConfig> = {}, more: Partial<OutputFile> = {}) => {
  const entry = { ...(await templates({ f: template }, more)), file: 'web' }
  const [output] = entry.files
  if (output === undefined) throw new Error('no output')
  return templateFiles(configOf({ place, paths, ...change }), { now: 0 }, { entry, output }, new Map())
}

t.test('a template makes its own file, in its folder and with its mode', async t => {
  t.strictSame(await made('x'), [{ folder: '/podvault/secrets', name: 'f', content: 'x', mode: 0o400 }])
  t.strictSame(await made('x', {}, { folder: '/o', mode: 0o440 }), [
    { folder: '/o', name: 'f', content: 'x', mode: 0o440 },
  ])
})

t.test('what cannot be made yet, or never, is told apart', async t => {
  await t.rejects(
    made('{{ secret "a" }}'),
    new Unanswered('failed', 'the template of the file f asks for a secret that has not been read'),
  )
  await t.rejects(made('{{ base64Decode "!" }}'), { code: 'usage', message: /^the template of the file f, line 1/ })
})

const write = (path: string, user = '', group = '', mode = '0400', flags = '') =>
  `{{ "c" | writeToFile "${path}" "${user}" "${group}" "${mode}"${flags === '' ? '' : ` "${flags}"`} }}`
const written = async (template: string, change?: Partial<AgentConfig>) =>
  (await made(template, change)).slice(1).map(({ folder, name, content, mode }) => [`${folder}/${name}`, content, mode])

t.test('writeToFile writes below the folders of the pod, in the words of the app', async t => {
  t.strictSame(await written(write('/vault/secrets/a/key')), [['/podvault/secrets/a/key', 'c', 0o400]])
  t.strictSame(await written(write('/vault/secrets//tls/key')), [['/podvault/custom-0/key', 'c', 0o400]])
  t.strictSame(await written(write('/vault/secrets/tls/key')), [['/podvault/custom-0/key', 'c', 0o400]])
  t.strictSame(await written(write('key', '', '', '0644')), [['/podvault/secrets/key', 'c', 0o644]])
})

t.test('and nowhere else', async t => {
  const outside = [
    '/etc/passwd',
    '/vault/secrets',
    '/vault/secrets/',
    '/vault/secrets/../x',
    '../x',
    '/vault/secretsx/a',
  ]
  for (const path of [...outside, '', '..data/x', 'a/./b', 'a\\nb'])
    await t.rejects(made(write(path)), { message: /would not lie in the folder of the secrets/ }, path)
  await t.rejects(made(write('/vault/secrets/a'), { paths: {} }), { message: /would not lie/ })
  const entry = { ...(await templates({ f: write('/a/b') })), file: 'web' }
  const [output = { name: '', format: 'template' as const }] = entry.files
  t.throws(() => templateFiles(configOf({ place }), { now: 0 }, { entry, output }, new Map()), { message: /would not/ })
})

t.test('a file belongs to the agent’s own user and group, however they are said', async t => {
  for (const [user, group] of [
    ['100', '1000'],
    ['vault', 'vault'],
    ['', '1000'],
  ] as const)
    t.equal((await written(write('key', user, group))).length, 1, user)
  for (const [user, group] of [
    ['root', ''],
    ['', '0'],
    ['101', ''],
  ] as const)
    await t.rejects(made(write('key', user, group)), { message: /cannot be given to another user or group/ }, user)
  const other = { place: { env: {}, user: '5', group: '6' } }
  await t.rejects(made(write('key', 'vault', ''), other), { message: /another user or group/ })
  t.equal((await written(write('key', '5', '6'), other)).length, 1)
  const entry = { ...(await templates({ f: write('key') })), file: 'web' }
  const [output = { name: '', format: 'template' as const }] = entry.files
  t.equal(templateFiles(configOf(), { now: 0 }, { entry, output }, new Map()).length, 2)
})

t.test('its mode is one that its owner can read', async t => {
  for (const mode of ['0', '0200', '1777'])
    await t.rejects(made(write('key', '', '', mode)), { message: /a mode must/ })
})

t.test('a file that is written twice has what came last, or all of it where that appends', async t => {
  const three = `${write('key')}${write('key', '', '', '0440')}${write('key', '', '', '0440', 'append,newline')}`
  t.strictSame(await written(three), [['/podvault/secrets/key', 'cc\n', 0o440]])
  t.strictSame(await written(write('key', '', '', '0400', 'append')), [['/podvault/secrets/key', 'c', 0o400]])
  const bytes = '{{ base64Decode "/w==" | writeToFile "key" "" "" "0400" }}'
  t.equal((await made(bytes)).at(-1)?.encoding, 'latin1')
  t.strictSame(await written(bytes), [['/podvault/secrets/key', '\xff', 0o400]])
})
