import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { prepare } from '../../src/agent/prepare.ts'
import { readState, writeState } from '../../src/agent/state.ts'
import { entry, file, idOf, stageOf } from '../fixtures/agent.ts'
import { putSecret, revokeToken } from '../fixtures/vault-memory.ts'

const db = file(
  'db',
  entry('database/creds/app', { USER: 'username' }),
  entry('/database//creds/app', { PASS: 'password' }),
)
const no = new Set<string>()
const logins = (asked: readonly string[]) => asked.filter(path => path.endsWith('/login')).length

t.test('a pod with one KV secret needs three requests', async t => {
  const stage = await stageOf(t)
  await prepare(stage.agent, false)
  t.strictSame(stage.asked(), ['auth/kubernetes/login', 'sys/internal/ui/mounts/secret/app/db', 'secret/data/app/db'])
  t.equal(readFileSync(join(stage.config.folders.secrets, 'env'), 'utf8'), "DB_PASSWORD='hunter2'\n")
})

t.test('one path is one read and one lease, however often and however it is written', async t => {
  const stage = await stageOf(t, { files: [db] })
  const { state } = await prepare(stage.agent, false)
  t.equal(stage.vault.memory.leases.size, 1)
  t.match(state.held, [{ id: idOf('database/creds/app'), lease: { seconds: 15, renewable: true } }])
  const { USER, PASS } = JSON.parse(readFileSync(join(stage.config.folders.secrets, 'db.json'), 'utf8'))
  t.match(USER, /^v-app-/)
  t.ok(PASS)
})

t.test('no log holds a secret of the app', async t => {
  const stage = await stageOf(t)
  await prepare(stage.agent, false)
  t.notMatch(JSON.stringify(stage.log), 'hunter2')
})

t.test('restarted, it goes on with its token and reads only what is missing or over', async t => {
  const stage = await stageOf(t, {
    files: [db, file('web', entry('secret/app/db', { A: 'password' }))],
  })
  const first = await prepare(stage.agent, false)
  const asked = stage.vault.requests.length
  const second = await prepare(stage.agent, false)
  t.strictSame(second.state, first.state)
  t.strictSame(stage.asked().slice(asked), ['auth/token/lookup-self'])
  await stage.clock.sleep(20_000, stage.agent.signal)
  const third = await prepare(stage.agent, false)
  t.equal(third.state.token.value, first.state.token.value)
  t.strictSame(stage.asked().slice(asked + 1), ['auth/token/lookup-self', 'database/creds/app'])
  unlinkSync(join(stage.config.folders.secrets, '..data'))
  await prepare(stage.agent, false)
  t.equal(logins(stage.asked()), 1, 'lost files are made from the state')
  t.ok(existsSync(join(stage.config.folders.secrets, 'env')))
})

t.test('a token that Vault has ended, or that is over, is replaced', async t => {
  const stage = await stageOf(t)
  const first = await prepare(stage.agent, false)
  revokeToken(stage.vault.memory, first.state.token.value)
  const second = await prepare(stage.agent, false)
  t.not(second.state.token.value, first.state.token.value)
  const { state } = second
  writeState(stage.config.folders.state, { ...state, token: { ...state.token, lost: true } }, no)
  const third = await prepare(stage.agent, false)
  t.not(third.state.token.value, state.token.value)
  await stage.clock.sleep(3_600_000, stage.agent.signal)
  await prepare(stage.agent, false)
  t.equal(logins(stage.asked()), 4)
  t.equal(stage.asked().filter(path => path.endsWith('lookup-self')).length, 2, 'only Vault knows whether it is over')
})

t.test('a token without an end is looked up like any other', async t => {
  const stage = await stageOf(t)
  stage.vault.memory.loginRoles.set('kubernetes/web', { ttl: 0 })
  const first = await prepare(stage.agent, false)
  t.equal(first.state.token.endsAt, null)
  t.equal((await prepare(stage.agent, false)).state.token.value, first.state.token.value)
})

t.test('a refused read ends it at once, names path and policy, and leaves no token behind', async t => {
  const stage = await stageOf(t)
  stage.vault.memory.loginRoles.set('kubernetes/web', { reads: ['secret/other'] })
  await t.rejects(prepare(stage.agent, false), {
    code: 'vault-refused',
    message: /refused to read secret\/app\/db for role web: status 403, permission denied/,
    hint: 'give the role a policy with: path "secret/data/app/db" { capabilities = ["read"] }',
  })
  t.ok(stage.clock.passed() < 3)
  t.equal(stage.vault.memory.tokens.size, 0)
  t.equal(readState(stage.config.folders.state), undefined)
  t.strictSame(readdirSync(stage.config.folders.secrets), [])
})

t.test('of many reads the first refusal ends all', async t => {
  const entries = Array.from({ length: 20 }, (_, index) => entry(`secret/s${index}`, { [`V${index}`]: 'a' }))
  const stage = await stageOf(t, { files: [file('web', ...entries)] })
  for (const { path = '' } of entries.slice(1)) putSecret(stage.vault.memory, path, { a: 1 })
  stage.vault.fail({ path: /^secret\/data\/s[2-9]$/, status: 500 })
  await t.rejects(prepare(stage.agent, false), { message: /refused to read secret\/s0 / })
  const asked = stage.vault.requests.length
  await new Promise(resolve => setTimeout(resolve, 20))
  t.equal(stage.vault.requests.length, asked, 'nobody goes on behind the scenes')
})

t.test('a missing key and a value nobody can carry end it too', async t => {
  const stage = await stageOf(t)
  putSecret(stage.vault.memory, 'secret/app/db', { user: 'u' })
  await t.rejects(prepare(stage.agent, false), {
    message: 'the secret secret/app/db has no key password',
    hint: 'it has: user',
  })
  putSecret(stage.vault.memory, 'secret/app/db', { password: "s3cret'" })
  await t.rejects(prepare(stage.agent, false), {
    code: 'failed',
    message: /^the variable DB_PASSWORD has a single quote/,
  })
  t.equal(stage.vault.memory.tokens.size, 0)
})

t.test('a node that lags behind the login is given two seconds', async t => {
  const stage = await stageOf(t)
  stage.vault.fail({ path: 'secret/data/app/db', times: 2, status: 403, body: { errors: ['permission denied'] } })
  stage.vault.fail({
    path: 'secret/data/app/db',
    times: 1,
    status: 412,
    body: { errors: ['required index state not present'] },
  })
  await prepare(stage.agent, false)
  t.equal(logins(stage.asked()), 1)
})

t.test('Vault away for longer than the timeout is one sentence, whatever it was doing', async t => {
  const stage = await stageOf(t)
  stage.vault.fail({ path: /^secret/, cut: true })
  await t.rejects(prepare(stage.agent, false), {
    code: 'vault-unreachable',
    message: `Vault at ${stage.vault.address} gave no answer for secret/app/db for role web within 60 s; the last error was: socket hang up`,
  })
  t.ok(stage.clock.passed() >= 60 && stage.clock.passed() < 65)
  t.equal(stage.vault.memory.tokens.size, 0)
})

t.test('stopped while it reads, it revokes the token it has just been given', async t => {
  const stage = await stageOf(t)
  stage.vault.fail({ path: /^secret/, status: 500 })
  stage.clock.at(5, () => stage.stop.abort(new Error('enough')))
  await t.rejects(prepare(stage.agent, false), new Error('enough'))
  t.equal(stage.vault.memory.tokens.size, 0)
})

t.test('a token of an earlier process is not revoked by a later failure', async t => {
  const stage = await stageOf(t)
  const { state } = await prepare(stage.agent, false)
  writeState(stage.config.folders.state, { ...state, held: [] }, no)
  putSecret(stage.vault.memory, 'secret/app/db', {})
  await t.rejects(prepare(stage.agent, false), { message: /has no key password/ })
  t.ok(stage.vault.memory.tokens.has(state.token.value))
})

t.test('a secret that is due is read again before an app starts, one that has no time is not', async t => {
  const stage = await stageOf(t)
  const { state } = await prepare(stage.agent, false)
  putSecret(stage.vault.memory, 'secret/app/db', { password: 'newer' })
  await stage.clock.sleep(299_000, stage.agent.signal)
  await prepare(stage.agent, false)
  t.equal(readFileSync(join(stage.config.folders.secrets, 'env'), 'utf8'), "DB_PASSWORD='newer'\n")
  writeState(stage.config.folders.state, { ...state, held: state.held.map(each => ({ ...each, due: null })) }, no)
  const asked = stage.vault.requests.length
  await prepare(stage.agent, false)
  t.strictSame(stage.asked().slice(asked), ['auth/token/lookup-self'])
})

t.test('a certificate is made once, however often login runs', async t => {
  const web = entry(
    'pki/issue/web',
    {},
    { params: { common_name: 'web.test' }, files: [{ name: 'web', format: 'bundle' }] },
  )
  const stage = await stageOf(t, { files: [file('web', web)] })
  await prepare(stage.agent, false)
  await prepare(stage.agent, false)
  t.equal(stage.vault.memory.issued.length, 1)
  t.equal(readFileSync(join(stage.config.folders.secrets, 'web.pem'), 'utf8'), 'CERTIFICATE 1 of web.test\n')
  t.strictSame(
    stage.asked().filter(path => path.startsWith('sys/')),
    [],
    'nobody asks which engine a write goes to',
  )
})

t.test('Vault away: what has everything starts again all the same, what lacks something does not', async t => {
  const stage = await stageOf(t, { refresh: 0 })
  const { state } = await prepare(stage.agent, false)
  stage.vault.fail({ status: 503 })
  const again = await prepare(stage.agent, false)
  t.strictSame({ ...again.state, at: state.at }, state)
  writeState(stage.config.folders.state, { ...state, held: [] }, no)
  await t.rejects(prepare(stage.agent, false), {
    code: 'vault-unreachable',
    message: /gave no answer for secret\/app\/db/,
  })
  t.ok(stage.vault.memory.tokens.has(state.token.value), 'its token is not given up for that')
})

t.test('an optional secret that is not there is no failure', async t => {
  const stage = await stageOf(t, {
    files: [
      file(
        'web',
        entry('secret/gone', { A: 'a' }, { optional: true }),
        entry('secret/gone', { B: 'b' }, { default: { b: 'd' } }),
      ),
    ],
  })
  await prepare(stage.agent, false)
  t.equal(readFileSync(join(stage.config.folders.secrets, 'env'), 'utf8'), "B='d'\n")
  t.equal(stage.asked().filter(path => path === 'sys/internal/ui/mounts/secret/gone').length, 1)
  const required = await stageOf(t, {
    files: [file('web', entry('secret/gone', { A: 'a' }, { optional: true }), entry('secret/gone', { C: 'c' }))],
  })
  await t.rejects(prepare(required.agent, false), { message: /refused to read secret\/gone/ })
})

t.test('a mounted file that is broken ends the first start, and no later one', async t => {
  const stage = await stageOf(t)
  const folder = `${stage.config.folders.secrets}.d`
  mkdirSync(folder)
  const agent = { ...stage.agent, config: { ...stage.config, mounted: [{ configMap: 'cm', folder }] } }
  const write = (text: string) => writeFileSync(join(folder, 'app.secrets'), text)
  write('nonsense\n')
  await t.rejects(prepare(agent, false), { message: /^ConfigMap cm, key app\.secrets is no secrets file/ })
  write('PORT=app/db#port\n')
  await prepare(agent, false)
  for (const text of ['nonsense\n', 'DB_PASSWORD=app/db#twice\n']) {
    write(text)
    await prepare(agent, false)
    t.match(
      stage.log.find(({ event }) => event === 'secrets files unusable'),
      { level: 'warn', reason: /no secrets file|given twice/ },
    )
    t.equal(readFileSync(join(stage.config.folders.secrets, 'app.json'), 'utf8'), '{"PORT":5432}\n')
  }
})

t.test('a token that somebody lends is not revoked by a login that fails, unless that was said', async t => {
  for (const revoke of [false, true]) {
    const stage = await stageOf(t, { revoke, files: [file('web', entry('secret/none', { A: 'x' }))] })
    const { agent, vault } = stage
    const lent = (await agent.vault.request({
      method: 'POST',
      path: 'auth/kubernetes/login',
      body: { role: 'web', jwt: 'j' },
    })) as { readonly body: { readonly auth: { readonly client_token: string } } }
    writeFileSync(stage.config.auth.tokenFile, lent.body.auth.client_token)
    const config = { ...stage.config, auth: { method: 'token-file', tokenFile: stage.config.auth.tokenFile } } as const
    await t.rejects(prepare({ ...agent, config }, false), { message: /refused to read secret\/none for the token in / })
    t.equal(vault.memory.revoked.length, revoke ? 1 : 0)
  }
})

t.test('a state that cannot be believed is said, and none is not', async t => {
  const stage = await stageOf(t)
  writeFileSync(join(stage.config.folders.state, 'state.json'), '{"version":3}')
  await prepare(stage.agent, false)
  t.match(stage.log[0], { level: 'warn', event: 'state unusable', hint: /of a podvault that this one does not know/ })
  const other = await stageOf(t)
  await prepare(other.agent, false)
  t.notOk(other.log.some(({ event }) => event === 'state unusable'))
})
