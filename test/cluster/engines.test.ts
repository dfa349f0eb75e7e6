import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import t, { type Test } from 'tap'
import { app, forever, shell, show } from './apps.ts'
import { audited, isLeaseRenewal, isLogin } from './audit.ts'
import { connect } from './cluster.ts'
import { eventually } from './eventually.ts'
import { isReady, type Namespace } from './namespace.ts'
import { vaultClient } from './vault-client.ts'
import { program } from './webhook.ts'

// What each engine of a real Vault answers, as an app gets it. AWS is the exception: Vault itself would ask Amazon.

const cluster = connect()
const { vault } = cluster
const policy = `
path "secret/data/engines/*" { capabilities = ["read"] }
path "old/engines/*" { capabilities = ["read"] }
path "database/static-creds/engines" { capabilities = ["read"] }
path "pki/issue/*" { capabilities = ["update"] }
path "pki/cert/ca" { capabilities = ["read"] }
path "ssh/sign/web" { capabilities = ["update"] }
path "transit/decrypt/web" { capabilities = ["update"] }
path "cubbyhole/*" { capabilities = ["update"] }
path "sys/tools/random/16" { capabilities = ["update"] }
path "identity/oidc/token/web" { capabilities = ["read"] }
path "auth/token/lookup-self" { capabilities = ["read"] }`

t.before(async () => {
  await vault.write('sys/mounts/pki', { type: 'pki' })
  await vault.write('pki/root/generate/internal', { common_name: 'test CA', ttl: '24h' })
  const domain = { allowed_domains: 'example.com', allow_subdomains: true, key_type: 'ec', key_bits: 256 }
  await vault.write('pki/roles/web', domain)
  await vault.write('pki/roles/leased', { ...domain, generate_lease: true })
  await vault.write('sys/mounts/ssh', { type: 'ssh' })
  await vault.write('ssh/config/ca', { generate_signing_key: true, key_type: 'ed25519' })
  await vault.write('ssh/roles/web', {
    key_type: 'ca',
    allow_user_certificates: true,
    allowed_users: '*',
    default_user: 'web',
  })
  await vault.write('sys/mounts/transit', { type: 'transit' })
  await vault.write('transit/keys/web', {})
  await vault.write('identity/oidc/key/web', { allowed_client_ids: '*' })
  await vault.write('identity/oidc/role/web', { key: 'web', ttl: '10s' })
})

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')

const created = async (
  t: Test,
  name: string,
  secrets: string,
  container: object,
  settings = {},
): Promise<Namespace> => {
  const namespace = await cluster.namespace(t, { policy })
  await namespace.create(app(name, { role: namespace.name, secrets, ...settings }, container))
  return namespace
}

const reader = async (namespace: Namespace, pod: string) => {
  const ready = await namespace.until(pod, 'readiness', isReady)
  const read = async (name: string) => namespace.exec(pod, 'app', 'cat', `/vault/secrets/${name}`)
  const asked = (path: string) => audited(ready.status?.podIP ?? '').filter(({ request }) => request.path === path)
  return { read, asked, all: () => audited(ready.status?.podIP ?? '') }
}

t.test('KV: a pinned version, version 1, and one sentence for what has been deleted or destroyed', async t => {
  for (const password of ['one', 'two', 'three', 'four'])
    await vault.write('secret/data/engines/kv', { data: { password } })
  await vault.write('secret/delete/engines/kv', { versions: [2, 4] })
  await vault.write('secret/destroy/engines/kv', { versions: [3] })
  await vault.write('old/engines/kv', { password: 'old' })
  const version = (number: string) => `secrets: [{path: secret/engines/kv, ${number}env: {PASSWORD: password}}]`
  const namespace = await created(t, 'first', version('version: 1, '), show('/vault/secrets/secrets.json', 'PASSWORD'))
  t.equal((await namespace.line('first', 'app', /^variable (.*)/))[1], 'one')
  const old = 'secrets: [{path: old/engines/kv, env: {PASSWORD: password}}]'
  await namespace.create(
    app('old', { role: namespace.name, secrets: old }, show('/vault/secrets/secrets.json', 'PASSWORD')),
  )
  t.equal((await namespace.line('old', 'app', /^variable (.*)/))[1], 'old')
  const refused = {
    'version: 2, ':
      'version 2 of it has been deleted: bring it back: vault kv undelete -versions=2 secret/engines/kv; ask for another version',
    'version: 3, ': 'version 3 of it has been destroyed: it cannot be brought back; ask for another version',
    '': 'version 4 of it has been deleted: bring it back: vault kv undelete -versions=4 secret/engines/kv; write a new one',
    'version: 9, ': 'refused to read secret/engines/kv',
  }
  for (const [index, [number, sentence]] of Object.entries(refused).entries()) {
    const name = `refused-${index}`
    await namespace.create(app(name, { role: namespace.name, secrets: version(number) }, shell(forever)))
    const pod = await namespace.until(name, 'a failed login', ({ status }) => ended(status) !== undefined)
    t.match(ended(pod.status)?.message, sentence)
  }
})

type Status = Parameters<Parameters<Namespace['until']>[2]>[0]['status']
const ended = (status: Status) =>
  (status?.initContainerStatuses ?? [])
    .map(({ state, lastState }) => state?.terminated ?? lastState?.terminated)
    .find(Boolean)

t.test('a database password that Vault rotates is in the file right after it was rotated', async t => {
  await cluster.sql("create role engines login password 'x'")
  const role = { db_name: 'postgres', username: 'engines', rotation_period: '10s' }
  await vault.write('database/static-roles/engines', role)
  const secrets = 'VERSION 2\nMOUNT database\nDB_PASSWORD=static-creds/engines#password'
  const namespace = await created(t, 'static', secrets, shell(forever))
  const { read, asked } = await reader(namespace, 'static')
  const inVault = async () =>
    (await vault.read<{ data: { password: string } }>('database/static-creds/engines')).data.password
  const inFile = async () => (JSON.parse(await read('secrets.json')) as { DB_PASSWORD: string }).DB_PASSWORD
  for (let rotation = 0; rotation < 3; rotation += 1) {
    const before = await inVault()
    await eventually('the file says what Vault says', 5, async () => (await inFile()) === (await inVault()))
    await eventually('a rotation', 30, async () => (await inVault()) !== before)
  }
  const password = await inVault()
  await eventually('the last password', 5, async () => (await inFile()) === password)
  t.equal(await cluster.sql('select current_user', { username: 'engines', password }), 'engines')
  const reads = asked('database/static-creds/engines').length
  t.ok(
    reads >= 4 && reads < 30,
    `read ${reads} times in three rotations: Vault rotates up to 5 s late, and is asked each second then`,
  )
})

/** All files of one set: of the folder that the link leads to when it begins. */
const reading = `( cd -P /vault/secrets/..data && ${['web.crt', 'web.key', 'web.ca', 'ca.pem', 'all/web.pem', 'all/web-key.pem'].map(name => `cat ${name} && echo && echo @`).join(' && ')} )`

const certificates = (role: string) => `
secrets:
- path: pki/issue/${role}
  params: {common_name: ${role}.example.com, ttl: 20s}
  files: [{name: web, format: cert}, {name: all/web, format: bundle}]
- {path: pki/cert/ca, files: [{name: ca.pem, format: raw, key: certificate}]}`

for (const role of ['web', 'leased'])
  t.test(`PKI, role ${role}: a certificate with its key, made anew before it ends`, async t => {
    const namespace = await created(t, role, certificates(role), shell(forever))
    const { asked, all } = await reader(namespace, role)
    // All in one call: two calls may see two certificates. Whoever comes while they change comes again.
    const at = async () => {
      const text = await namespace.exec(
        role,
        'app',
        'sh',
        '-c',
        `until ${reading} > /now 2> /dev/null; do sleep 0.1; done; cat /now`,
      )
      const [crt = '', key = '', ca = '', root = '', pem = '', pemKey = ''] = text.split('\n@\n')
      return { certificate: new X509Certificate(crt), key, ca: new X509Certificate(ca), root, pem, pemKey, crt }
    }
    const first = await at()
    t.equal(first.certificate.subject, `CN=${role}.example.com`)
    t.ok(first.certificate.checkPrivateKey(createPrivateKey(first.key)))
    t.ok(first.certificate.verify(first.ca.publicKey))
    t.equal(first.root.trim(), first.ca.toString().trim())
    t.strictSame([first.pem, first.pemKey], [first.crt, first.key], 'both forms are of one certificate')
    await eventually(
      'another certificate',
      25,
      async () => (await at()).certificate.serialNumber !== first.certificate.serialNumber,
    )
    t.ok(Date.parse(first.certificate.validTo) > Date.now(), 'before the first has ended')
    const second = await at()
    t.ok(second.certificate.checkPrivateKey(createPrivateKey(second.key)))
    t.equal(asked(`pki/issue/${role}`).length, 2, 'one for each certificate: the sidecar goes on with that of login')
    t.strictSame(all().filter(isLeaseRenewal), [], 'what cannot be renewed is not')
  })

t.test('SSH: a key signed by Vault, and signed anew before its certificate ends', async t => {
  const folder = t.testdir({})
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'web', '-f', join(folder, 'id')])
  const key = execFileSync('cat', [join(folder, 'id.pub')], { encoding: 'utf8' }).trim()
  const secrets = `
secrets:
- path: ssh/sign/web
  params: {public_key: "${key}", valid_principals: web, ttl: 20s}
  files: [{name: id-cert.pub, format: raw, key: signed_key}]`
  const namespace = await created(t, 'ssh', secrets, shell(forever))
  const { read, asked } = await reader(namespace, 'ssh')
  const signed = await read('id-cert.pub')
  writeFileSync(join(folder, 'id-cert.pub'), signed)
  t.match(
    execFileSync('ssh-keygen', ['-L', '-f', join(folder, 'id-cert.pub')], { encoding: 'utf8' }),
    /Principals:\s+web\n/,
  )
  await eventually('another signature', 25, async () => (await read('id-cert.pub')) !== signed)
  t.equal(asked('ssh/sign/web').length, 2)
})

t.test('transit, cubbyhole and raw paths: what is sent, and what comes back', async t => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
  const { data } = await vault.write<{ data: { ciphertext: string } }>('transit/encrypt/web', {
    plaintext: bytes.toString('base64'),
  })
  const secrets = `
secrets:
- path: transit/decrypt/web
  params: {ciphertext: "${data.ciphertext}"}
  files: [{name: plain.bin, format: raw, key: plaintext, decode: base64}]
- {path: cubbyhole/note, params: {note: mine}, files: [{name: note.json, format: json}]}
- {path: sys/tools/random/16, method: POST, params: {format: hex}, files: [{name: random, format: raw, key: random_bytes}]}
- {path: identity/oidc/token/web, files: [{name: jwt, format: raw, key: token}]}
- {path: auth/token/lookup-self, env: {LOGIN: path}, files: [{name: self.json, format: json}]}`
  const namespace = await created(t, 'raw', secrets, shell(`echo "login $LOGIN"; ${forever}`))
  const { read, asked, all } = await reader(namespace, 'raw')
  t.equal(
    await namespace.exec('raw', 'app', 'sha256sum', '/vault/secrets/plain.bin'),
    `${sha256(bytes)}  /vault/secrets/plain.bin\n`,
  )
  t.equal(await read('note.json'), '{}\n')
  t.match(await read('random'), /^[0-9a-f]{32}$/)
  t.match(await read('jwt'), /^[\w-]+\.[\w-]+\.[\w-]+$/)
  t.equal((await namespace.line('raw', 'app', /^login (.*)/))[1], 'auth/kubernetes/login')
  const first = await read('jwt')
  await eventually('another token', 15, async () => (await read('jwt')) !== first)
  t.equal(asked('sys/tools/random/16').length, 1, 'what says nothing of its end is asked for within refresh')
  t.equal(all().filter(isLogin).length, 1)
})

t.test('the kubelet hands over every character but those it cannot, which are refused by name', async t => {
  const odd = `a"b$HOME \`id\` $(id) \\ #= äöü€😀\n second line\ttab ${'x'.repeat(60_000)}\n`
  await vault.write('secret/data/engines/odd', { data: { odd, quote: "it's", empty: '', long: 'y'.repeat(70_000) } })
  const secrets = (key: string) => `secrets: [{path: secret/engines/odd, env: {ODD: ${key}}}]`
  const script = `printf %s "$ODD" | sha256sum; ${forever}`
  const namespace = await created(t, 'odd', secrets('odd'), shell(script))
  t.equal((await namespace.line('odd', 'app', /^([0-9a-f]{64}) /))[1], sha256(odd))
  const problems = {
    quote: 'has a single quote in it',
    empty: 'is empty, which Kubernetes takes for missing',
    long: 'has a line of more than 64 KiB',
  }
  for (const [key, problem] of Object.entries(problems)) {
    await namespace.create(app(key, { role: namespace.name, secrets: secrets(key) }, shell(forever)))
    const pod = await namespace.until(key, 'a failed login', ({ status }) => ended(status) !== undefined)
    t.match(
      ended(pod.status)?.message,
      `the variable ODD ${problem}, so the env file cannot carry it: set podvault.dev/env: file, or read secrets.json`,
    )
    const way = `way-${key}`
    const sourced = shell(`. /vault/secrets/env; printf %s "$ODD" | sha256sum; ${forever}`)
    await namespace.create(app(way, { role: namespace.name, secrets: secrets(key), env: 'file' }, sourced))
    const value = { quote: "it's", empty: '', long: 'y'.repeat(70_000) }[key] ?? ''
    t.equal((await namespace.line(way, 'app', /^([0-9a-f]{64}) /))[1], sha256(value), 'and the way out is one')
  }
})

t.test('the longest text that Vault takes, of a megabyte in JSON, reaches a file as it is', async t => {
  const big = `it's "$HOME"\n`.repeat(60_000)
  await vault.write('secret/data/engines/big', { data: { big } })
  const secrets =
    'secrets: [{path: secret/engines/big, files: [{name: big, format: raw}, {name: big.env, format: env}]}]'
  const namespace = await created(t, 'big', secrets, shell(forever))
  await namespace.until('big', 'readiness', isReady)
  const script = 'sha256sum < /vault/secrets/big; . /vault/secrets/big.env; printf %s "$BIG" | sha256sum'
  t.strictSame(await namespace.exec('big', 'app', 'sh', '-c', script), `${sha256(big)}  -\n`.repeat(2))
})

t.test('the token itself: bare, in a file of kubernetes-vault, or in a variable', async t => {
  const namespace = await cluster.namespace(t, { policy })
  const alive = async (token: string) =>
    (await vaultClient(vault.address, token).read<{ data: { accessor: string } }>('auth/token/lookup-self')).data
      .accessor
  for (const token of ['file', 'json', 'env'])
    await namespace.create(
      app(
        token,
        { role: namespace.name, token },
        shell(`echo "hash $(printf %s "$VAULT_TOKEN" | sha256sum)"; ${forever}`),
      ),
    )
  for (const token of ['file', 'json', 'env']) await namespace.until(token, 'readiness', isReady)
  const read = async (pod: string, path: string) => namespace.exec(pod, 'app', 'cat', path)
  t.ok(await alive(await read('file', '/vault/secrets/token')), 'without a newline, or the header would be refused')
  const text = await read('json', '/var/run/secrets/boostport.com/vault-token')
  const json = JSON.parse(text) as Readonly<Record<string, unknown>>
  t.equal(text, JSON.stringify(json))
  t.strictSame(Object.keys(json), ['clientToken', 'accessor', 'leaseDuration', 'renewable', 'vaultAddr'])
  t.equal(await alive(String(json['clientToken'])), json['accessor'])
  const [, hash] = await namespace.line('env', 'app', /^hash ([0-9a-f]{64})/)
  const [, value = ''] = /VAULT_TOKEN='(.*)'/.exec(await read('env', '/vault/secrets/env')) ?? []
  t.equal(hash, sha256(value), 'the kubelet has handed it over')
  t.ok(await alive(value))
})

t.test('render and exec, beside a real Vault: also what only the holder of a token can read', async t => {
  const made = await vault.write<{ auth: { client_token: string } }>('auth/token/create', { policies: ['default'] })
  const token = made.auth.client_token
  await vaultClient(vault.address, token).write('cubbyhole/mine', { note: "it's\nmine" })
  const folder = t.testdir({
    'app.yaml': 'secrets: [{path: cubbyhole/mine, env: {NOTE: note}, files: [{name: note, format: raw}]}]',
  })
  const env = {
    PATH: process.env['PATH'],
    VAULT_ADDR: vault.address,
    VAULT_TOKEN: token,
    VAULTENV_SECRETS_FILE: join(folder, 'app.yaml'),
  }
  const podvault = (...args: readonly string[]) =>
    execFileSync(process.execPath, [program, ...args], { env, encoding: 'utf8' })
  t.equal(podvault('exec', '--', 'sh', '-c', 'printf %s "$NOTE"'), "it's\nmine")
  const out = join(folder, 'out')
  podvault('render', '--env', 'file', '--out', out)
  t.equal(readFileSync(join(out, 'note'), 'utf8'), "it's\nmine")
  t.equal(execFileSync('sh', ['-c', `. '${join(out, 'env')}'; printf %s "$NOTE"`], { encoding: 'utf8' }), "it's\nmine")
})
