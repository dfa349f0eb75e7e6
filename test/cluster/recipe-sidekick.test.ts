// docs/recipes/vault-sidekick.md, done: what stands on the page is what is applied here.
import { execFileSync } from 'node:child_process'
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { program } from '../../scripts/programs.ts'
import { app, forever, shell } from './apps.ts'
import { audited } from './audit.ts'
import { connect } from './cluster.ts'
import { eventually } from './eventually.ts'
import { importImage } from './images.ts'
import { isReady } from './namespace.ts'
import { blocksOf } from './page.ts'

const cluster = connect()
const { vault } = cluster
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

// Reads without a pause, by two readers: the bundle, which is one file, and the pair below the link that was resolved once.
const reader = `#!/bin/sh
cd /etc/secrets
seen() { set -- "$1" $(printf '%s\\n' "$2" | sha256sum); echo "$1 $2"; }
bundles() {
  last=
  while :; do
    text=$(cat commons.example.com-bundle.pem) || echo missing
    case $text in '-----BEGIN CERTIFICATE-----'*'PRIVATE KEY-----') ;; *) echo torn ;; esac
    [ "$text" = "$last" ] || seen bundle "$text"
    last=$text
  done
}
pairs() {
  last=
  while :; do
    # Who comes while the folder is swapped comes again.
    text=$(cd -P ..data && cat commons.example.com.crt commons.example.com.key 2> /dev/null) || continue
    [ "$text" = "$last" ] || seen pair "$text"
    last=$text
  done
}
trap 'seen reloaded "$(cat commons.example.com-bundle.pem)"' HUP
trap 'kill $b $p; exit 0' TERM
bundles & b=$!
pairs & p=$!
while :; do wait; done
`

t.before(() => {
  const applets = ['sh', 'cat', 'sha256sum', 'kill', 'sleep', 'stat', 'env']
  importImage({
    name: 'example.com/commons:1',
    layers: [
      [
        program('/bin/busybox', 'bin/busybox'),
        ...applets.map(name => ({ kind: 'link' as const, path: `bin/${name}`, target: 'busybox' })),
        { kind: 'file', path: 'bin/commons', mode: 0o755, content: Buffer.from(reader) },
      ],
    ],
    config: { Entrypoint: ['/bin/commons'], Env: ['PATH=/bin'] },
  })
})

t.test('certificate, credentials and secrets as vault-sidekick writes them', { timeout: 300_000 }, async t => {
  const namespace = await cluster.namespace(t)
  const block = blocksOf('docs/recipes/vault-sidekick.md', { '=platform\n': `=${namespace.name}\n` })
  const env = { ...process.env, VAULT_ADDR: vault.address, VAULT_TOKEN: vault.token }
  const run = (name: string) => {
    const text = block(name).replaceAll(/^kubectl /gm, `kubectl -n ${namespace.name} `)
    execFileSync('sh', ['-ec', text], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  for (const name of ['engines', 'role']) run(name)
  const file = join(t.testdir({}), 'pod.yaml')
  const apply = async (name: string) => {
    writeFileSync(file, block(name))
    await cluster.kubectl('-n', namespace.name, 'apply', '-f', file)
  }
  await apply('pod')
  const pod = await namespace.until('commons', 'readiness', isReady)
  const read = async (name: string) => namespace.exec('commons', 'commons', 'cat', `/etc/secrets/${name}`)
  const script = async (text: string) => namespace.exec('commons', 'commons', 'sh', '-c', text)

  await t.test('the folder holds what the app expects, in the forms and modes it asks for', async t => {
    const [certificate, key, ca] = await Promise.all(
      ['crt', 'key', 'ca'].map(each => read(`commons.example.com.${each}`)),
    )
    const leaf = new X509Certificate(certificate ?? '')
    t.equal(leaf.subject, 'CN=commons.example.com')
    t.ok(leaf.checkPrivateKey(createPrivateKey(key ?? '')))
    t.ok(leaf.verify(new X509Certificate(ca ?? '').publicKey))
    t.equal(await read('commons.yaml'), `api_key: "it's live"\nregion: "eu"\n`)
    t.equal(await script('. /etc/secrets/commons.env; echo "$API_KEY, $REGION"'), "it's live, eu\n")
    t.equal(await script('stat -L -c %a /etc/secrets/commons.yaml /etc/secrets/commons.env'), '440\n400\n')
  })

  await t.test('the app has no address of Vault, no token and no library', async t => {
    t.notMatch(await script('env'), /vault|token/i)
    const mounts = pod.spec?.containers[0]?.volumeMounts ?? []
    t.strictSame(
      mounts.map(({ mountPath }) => mountPath).filter(path => !path.includes('serviceaccount')),
      ['/etc/secrets'],
    )
  })

  await t.test('the auth file of vaultconf logs in as well, and the app does not see it', async t => {
    run('userpass')
    await apply('userpass-pod')
    t.ok(await namespace.line('commons-userpass', 'commons', /^api_key: "it's live"$/))
    const logged = await namespace.until('commons-userpass', 'readiness', isReady)
    const volumes = logged.spec?.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name))
    t.notOk(volumes?.includes('podvault-auth'))
    t.ok(
      audited(logged.status?.podIP ?? '').some(
        ({ request }) => request.path === 'auth/userpass/login/platform_commons',
      ),
    )
  })

  await t.test('its role reads the paths of its own namespace and no other', async t => {
    await vault.write('secret/data/other/commons', { data: { password: 'x' } })
    const secrets = 'PASSWORD=other/commons#password'
    await namespace.create(app('curious', { role: 'platform_commons', secrets }, shell(forever)))
    const refused = await namespace.until('curious', 'a failed login', ({ status }) =>
      (status?.initContainerStatuses ?? []).some(
        ({ lastState, state }) => (lastState ?? state)?.terminated !== undefined,
      ),
    )
    const [login] = refused.status?.initContainerStatuses ?? []
    t.match(
      (login?.lastState?.terminated ?? login?.state?.terminated)?.message,
      /refused to read secret\/other\/commons.*403/,
    )
  })

  await t.test('the certificate is made anew before it ends: nothing torn, and one signal for each change', async t => {
    const bundleNow = async () => {
      const text = await read('commons.example.com-bundle.pem')
      const [certificate = '', , key = ''] = text.split('\n\n')
      const leaf = new X509Certificate(certificate)
      t.ok(leaf.checkPrivateKey(createPrivateKey(key)), 'certificate and key belong to each other')
      return { text, leaf, pair: `${certificate}\n${key}` }
    }
    const verified = [await bundleNow()]
    for (let change = 0; change < 2; change += 1) {
      const before = verified.at(-1)?.text
      await eventually('another certificate', 70, async () => (await read('commons.example.com-bundle.pem')) !== before)
      t.ok(Date.parse(verified.at(-1)?.leaf.validTo ?? '') > Date.now(), 'the one before has not ended yet')
      verified.push(await bundleNow())
    }
    // A signal comes within 5 s of its change, so that replicas do not all reload at once.
    await wait(7000)
    const lines = (await namespace.logs('commons', 'commons')).trimEnd().split('\n')
    const hashes = (what: string) => lines.filter(line => line.startsWith(`${what} `)).map(line => line.split(' ')[1])
    t.strictSame(
      lines.filter(line => /torn|missing/.test(line)),
      [],
    )
    t.strictSame(
      hashes('bundle'),
      verified.map(({ text }) => sha256(text)),
      'each bundle once, and no other',
    )
    t.strictSame(
      hashes('pair'),
      verified.map(({ pair }) => sha256(pair)),
      'and the same of the pair',
    )
    t.strictSame(
      hashes('reloaded'),
      verified.slice(1).map(({ text }) => sha256(text)),
      'never for the first, once for each change',
    )
  })

  await t.test('credentials change before they end; the old lease ends, the new one lives', async t => {
    const credentials = async () => {
      const lines = (await read('credentials.ini'))
        .trimEnd()
        .split('\n')
        .map(line => line.split(' = '))
      return Object.fromEntries(lines) as { readonly username: string; readonly password: string }
    }
    const old = await credentials()
    t.equal(await cluster.sql('select current_user', old), old.username)
    await eventually('other credentials', 60, async () => (await credentials()).username !== old.username)
    t.equal(await cluster.sql('select current_user', old), old.username, 'the old ones still work')
    await eventually(
      'the end of the old user',
      60,
      async () => (await cluster.sql(`select 1 from pg_roles where rolname = '${old.username}'`)) === '',
    )
    const now = await credentials()
    t.equal(await cluster.sql('select current_user', now), now.username)
  })
})
