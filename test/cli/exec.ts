import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { type Become, exec, execWith } from '../../src/cli/exec.ts'
import { run } from '../fixtures/io.ts'
import { putSecret } from '../fixtures/vault-memory.ts'
import { startVault } from '../fixtures/vault-server.ts'

type Became = { file: string; words: readonly string[]; args: readonly string[]; env: Readonly<Record<string, string>> }

/** A Vault with a secret, a secrets file for it, and what the process would have become. */
const stage = async (t: Test, secrets = 'PASSWORD=app/db#password\n') => {
  const vault = await startVault()
  t.teardown(() => vault.close())
  putSecret(vault.memory, 'secret/app/db', { password: 'hunter2', port: 5432, odd: "it's\n$HOME" })
  const folder = t.testdir({ 'app.secrets': secrets, jwt: 'a.jwt\n' })
  const became: Became[] = []
  const become: Become = ({ file, words }, args, env) => became.push({ file, words, args, env }) > 0
  const start = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    run((io, words) => execWith(io, words, become), ['--secrets', join(folder, 'app.secrets'), ...args], {
      env: { VAULT_ADDR: vault.address, VAULT_TOKEN: 'root', PATH: '/usr/bin:/bin', ...env },
    })
  return { vault, folder, became, start }
}

t.test('a command gets the environment and the secrets, and its arguments as they are', async t => {
  const { vault, became, start } = await stage(t, 'PASSWORD=app/db#password\napp/db#odd\nPORT=app/db#port')
  const { code, stdout, stderr } = await start(['--', 'sh', '-c', 'x', '--port', '1'], { OTHER: 'o' })
  t.strictSame([code, stdout, stderr], [0, '', ''])
  t.strictSame(became, [
    {
      file: '/usr/bin/sh',
      words: ['sh'],
      args: ['-c', 'x', '--port', '1'],
      env: {
        PATH: '/usr/bin:/bin',
        VAULT_ADDR: vault.address,
        VAULT_TOKEN: 'root',
        OTHER: 'o',
        PASSWORD: 'hunter2',
        APP_DB_ODD: "it's\n$HOME",
        PORT: '5432',
      },
    },
  ])
  t.equal(vault.requests.filter(({ path }) => path === 'secret/data/app/db').length, 1, 'one read for three variables')
})

t.test('a login hands its token on, and only that', async t => {
  const { folder, became, start } = await stage(t)
  const login = ['--kubernetes-role', 'web', '--kubernetes-token-file', join(folder, 'jwt')]
  const { stderr } = await start([...login, '--no-inherit-env', '--log-level', 'info', 'sh', '-c', ':'])
  t.match(became[0]?.env, { PASSWORD: 'hunter2', VAULT_TOKEN: /^hvs\./ })
  t.equal(Object.keys(became[0]?.env ?? {}).length, 2)
  t.match(
    stderr,
    /^podvault exec: logged in to http.*\npodvault exec: read 1 secrets\npodvault exec: becomes \/usr\/bin\/sh\n$/,
  )
  t.notMatch(stderr, /hunter2|hvs\./)
})

t.test('duplicates are an error, kept or overwritten; who is on the blacklist is not inherited', async t => {
  const { became, start } = await stage(t)
  const password = async (...args: readonly string[]) => {
    await start([...args, 'sh'], { PASSWORD: 'old' })
    return became.at(-1)?.env['PASSWORD']
  }
  await t.rejects(password(), {
    message: /^the variable PASSWORD is given by the secrets file .*app\.secrets and by the environment$/,
  })
  t.equal(await password('--duplicate-variable-behavior', 'keep'), 'old')
  t.equal(await password('--duplicate-variable-behavior', 'overwrite'), 'hunter2')
  t.equal(await password('--inherit-env-blacklist', 'X, PASSWORD'), 'hunter2')
})

t.test('variables of the environment give what flags do not, as vaultenv has it', async t => {
  const { folder, became, start } = await stage(t)
  writeFileSync(join(folder, 'own'), '#!/bin/sh\n')
  chmodSync(join(folder, 'own'), 0o755)
  await start([join(folder, 'own')], {
    VAULTENV_INHERIT_ENV: 'false',
    VAULTENV_USE_PATH: 'false',
    VAULTENV_MAX_CONCURRENT_REQUESTS: '0',
    VAULTENV_RETRY_ATTEMPTS: '1',
    VAULTENV_RETRY_BASE_DELAY: '1',
  })
  t.strictSame(became[0]?.env, { PASSWORD: 'hunter2' })
  await t.rejects(start(['sh'], { VAULTENV_INHERIT_ENV: 'yes', VAULTENV_LOG_LEVEL: 'debug' }), {
    code: 'usage',
    message:
      'VAULTENV_INHERIT_ENV is "yes": it must be "true" or "false"; VAULTENV_LOG_LEVEL is "debug": it must be "error" or "info"',
  })
  await t.rejects(start(['--no-use-path', 'sh']), { message: /"sh" cannot be started/ })
})

t.test('a secrets file for pods gives its variables; what only its files need is not read', async t => {
  const yaml = `
secrets:
- path: secret/app/db
  env: {PASSWORD: password}
  files: [{name: all, format: cert}]
- {path: secret/none, files: [{name: none, format: json}]}
- {path: secret/gone, optional: true, env: {GONE: x}}
- {path: secret/gone, default: {y: z}, env: {STAYS: y}}`
  const { vault, became, start } = await stage(t, yaml)
  await start(['sh'])
  t.match(became[0]?.env, { PASSWORD: 'hunter2', STAYS: 'z' })
  t.notOk('GONE' in (became[0]?.env ?? {}))
  t.notOk(vault.requests.some(({ path }) => path.endsWith('none')))
})

t.test('what is wrong is said before Vault is asked', async t => {
  const { vault, start } = await stage(t, 'broken')
  await t.rejects(start(['sh']), { code: 'usage', message: /app\.secrets is no secrets file: line 1, column 7/ })
  await t.rejects(start([]), { message: 'no command is named' })
  await t.rejects(start(['no-such-command']), { message: /"no-such-command" cannot be started/ })
  await t.rejects(run(exec, ['sh'], { env: { PATH: '/bin' } }), { message: 'no secrets file is named' })
  t.strictSame(vault.requests, [])
})

t.test('nothing has started when a secret is missing, or cannot be handed over', async t => {
  const { vault, became, start } = await stage(t, 'A=app/db#no\n')
  await t.rejects(start(['sh']), { message: 'the secret secret/app/db has no key no' })
  putSecret(vault.memory, 'secret/app/db', { no: 's3cret\0' })
  await t.rejects(start(['sh']), { message: 'the variable A has a NUL byte in it, which no environment can carry' })
  t.strictSame(became, [])
})

t.test('a system without execve says so', async t => {
  const { vault, folder } = await stage(t)
  const args = ['--secrets', join(folder, 'app.secrets'), '--token', 'root', '--addr', vault.address, '/bin/sh']
  await t.rejects(
    run((io, words) => execWith(io, words, () => false), args),
    { code: 'failed', message: 'this system cannot replace one program by another' },
  )
})

t.test('help has an example', async t => {
  t.match((await run(exec, ['--help'])).stdout, 'podvault exec --secrets app.secrets -- ./app --port 8080')
})

t.test('the command stands in the place of podvault, with its own exit code', async t => {
  const { vault, folder } = await stage(t)
  const script = 'echo "$PASSWORD $0 $1 $$"; exit 7'
  const words = [
    'src/main.ts',
    'exec',
    '--secrets',
    join(folder, 'app.secrets'),
    '--',
    'sh',
    '-c',
    script,
    'name',
    '--flag',
  ]
  const env = { VAULT_ADDR: vault.address, VAULT_TOKEN: 'root', PATH: process.env['PATH'] }
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [stdout, [status]] = await Promise.all([text(child.stdout), once(child, 'close')])
  t.strictSame([status, stdout], [7, `hunter2 name --flag ${child.pid}\n`])
})
