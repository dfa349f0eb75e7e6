import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { configSource } from '../../src/webhook/config-source.ts'
import { selfSigned } from '../fixtures/certificates.ts'

const variables = {
  inherited: { 'vault.hashicorp.com/agent-limits-cpu': '1' },
  server: {},
  notes: ['once'],
  problems: [],
}

t.test('the operator’s file is read anew when its content changes, also by a swapped link', async t => {
  const dir = t.testdir({ one: { 'config.yaml': 'image: one\n' }, two: { 'config.yaml': 'image: two\n' } })
  symlinkSync('one', join(dir, '..data'))
  const source = configSource({ config: join(dir, '..data', 'config.yaml') }, {}, variables)
  t.match(source.current().settings, { image: 'one', inherited: variables.inherited })
  t.same(source.current().notes, ['once'])
  t.equal(source.renewed(), undefined)
  symlinkSync('two', join(dir, '..tmp'))
  renameSync(join(dir, '..tmp'), join(dir, '..data'))
  const renewed = source.renewed()
  t.equal(renewed?.settings.image, 'two')
  t.equal(source.current(), renewed)
  t.equal(source.renewed(), undefined)
})

t.test('a file that cannot be used leaves the one before; the way back counts as new', async t => {
  const dir = t.testdir({ 'config.yaml': 'image: one\n' })
  const file = join(dir, 'config.yaml')
  const source = configSource({ config: file }, {})
  for (const spoil of [() => writeFileSync(file, 'imag: two\n'), () => rmSync(file)]) {
    spoil()
    for (const _ of [1, 2]) t.throws(() => source.renewed(), { code: 'usage' })
    t.equal(source.current().settings.image, 'one')
    writeFileSync(file, 'image: one\n')
    t.match(source.renewed(), { settings: { image: 'one' } })
    t.equal(source.renewed(), undefined)
  }
})

t.test('the certificates of Vault are looked at as well', async t => {
  const [one, other] = await Promise.all(['one', 'other'].map(selfSigned))
  const dir = t.testdir({ 'ca.crt': one?.cert ?? '' })
  mkdirSync(join(dir, 'unused'))
  const source = configSource({ 'vault-ca-file': join(dir, 'ca.crt') }, {})
  t.match(source.current().settings.ca, one?.cert.trim())
  writeFileSync(join(dir, 'ca.crt'), other?.cert ?? '')
  t.match(source.renewed()?.settings.ca, other?.cert.trim())
})

t.test('without files there is nothing that changes', async t => {
  t.equal(configSource({}, {}).renewed(), undefined)
})

t.test('what cannot be used to begin with stops the start', async t => {
  t.throws(() => configSource({ config: '/nowhere.yaml' }, {}), { code: 'usage', message: /ENOENT/ })
})
