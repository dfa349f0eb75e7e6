import { join } from 'node:path'
import { Command } from 'commander'
import t from 'tap'
import { fileStem } from '../../src/contract.ts'
import { askerOf, configFor, readSecretsFiles, withSecrets } from '../../src/cli/secrets-command.ts'

const flags = (...args: readonly string[]) => withSecrets(new Command(), {}).parse(args, { from: 'user' })
const stop = new AbortController().signal

t.test('secrets files by any of their flags, several at once, else by the variable', async t => {
  const folder = t.testdir({ a: 'A=a#b', b: 'VERSION 2\nMOUNT m\nB=a#b', c: 'secrets: [{path: c/d, env: {C: k}}]' })
  const [a = '', b = '', c = ''] = ['a', 'b', 'c'].map(name => join(folder, name))
  const read = async (...args: readonly string[]) =>
    readSecretsFiles(flags(...args), { env: { VAULTENV_SECRETS_FILE: c } }, path => fileStem(path))
  const all = await read('--secret-file', c, '--secrets', a, '--secrets', b)
  t.strictSame(
    all.map(({ name, source, entries }) => [name, source, entries.map(({ path }) => path)]),
    [
      [a, a, ['secret/a']],
      [b, b, ['m/a']],
      [c, c, ['c/d']],
    ],
  )
  t.strictSame(
    (await read()).map(({ name }) => name),
    [c],
  )
  t.strictSame(
    (await read('--secrets-file', a)).map(({ name }) => name),
    [a],
  )
  await t.rejects(readSecretsFiles(flags(), { env: {} }, String), {
    code: 'usage',
    message: 'no secrets file is named',
    hint: 'name one with --secrets, or in VAULTENV_SECRETS_FILE',
  })
  await t.rejects(read('--secrets', join(folder, 'none')), { message: /none cannot be read: ENOENT/ })
})

t.test('Vault is asked ten times within some seconds, by eight at once, or as one says', async t => {
  const usual = askerOf(flags(), { env: { VAULT_TOKEN: 't' }, stop })
  t.match(usual, { patience: { retries: 9, delay: 40 }, width: 8, login: { kind: 'token', token: 't' } })
  t.equal(usual.vault.address, 'https://localhost:8200')
  const told = ['--retry-attempts', '0', '--retry-base-delay-milliseconds', '1', '--max-concurrent-requests', '0']
  const other = askerOf(flags(...told, '--token', 't'), { env: {}, stop })
  t.match(other, { patience: { retries: 0, delay: 1 }, width: Infinity })
  await other.patience.sleep(1)
})

t.test('a wait ends with the process', async t => {
  const asker = askerOf(flags('--token', 't'), { env: {}, stop: AbortSignal.abort() })
  await t.rejects(asker.patience.sleep(60_000), { name: 'AbortError' })
})

t.test('the token that `vault login` has left is the last resort', async t => {
  const home = t.testdir({ '.vault-token': 'hvs.home\n', empty: { '.vault-token': '\n' } })
  t.match(askerOf(flags(), { env: { HOME: home }, stop }).login, { kind: 'token', token: 'hvs.home' })
  for (const env of [{}, { HOME: join(home, 'none') }, { HOME: join(home, 'empty') }])
    t.throws(() => askerOf(flags(), { env, stop }), { message: 'nothing says how to log in to Vault' })
})

t.test('a config without a pod', async t => {
  t.match(configFor('http://v', { env: 'auto' }), { vault: { address: 'http://v' }, env: 'auto', mounted: [] })
})
