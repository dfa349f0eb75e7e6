import t from 'tap'
import { app, forever, shell } from './apps.ts'
import { connect } from './cluster.ts'

const cluster = connect()
const policy = 'path "secret/data/yaml/*" { capabilities = ["read"] }'

const secrets = `
secrets:
- path: secret/yaml/db
  version: 1
  env: {DB_USER: user}
  files:
  - {name: url, template: "postgres://{{ .user }}:{{ .password }}@db/app"}
  - {name: db/all.json, format: json, mode: "0400"}
- path: secret/yaml/gone
  optional: true
  default: {level: info}
  env: {LEVEL: level, TRACE: trace}
`

t.test(
  'a secrets file in YAML: a pinned version, a template, a folder, what may be missing, and whose variable holds',
  async t => {
    const namespace = await cluster.namespace(t, { policy })
    await cluster.vault.write('secret/data/yaml/db', { data: { user: 'first', password: 'one' } })
    await cluster.vault.write('secret/data/yaml/db', { data: { user: 'second', password: 'two' } })
    const settings = { role: namespace.name, secrets, 'env-duplicates': 'overwrite', 'run-as-user': '65532' }
    const show = [
      'echo "url $(cat /vault/secrets/url)"',
      'echo "json $(cat /vault/secrets/db/all.json)"',
      'echo "mode $(stat -L -c %a /vault/secrets/db/all.json)"',
      'echo "user $DB_USER level $LEVEL trace ${TRACE-unset}"',
    ]
    const container = {
      ...shell(`${show.join('; ')}; ${forever}`),
      securityContext: { runAsUser: 65532 },
      env: [{ name: 'DB_USER', value: 'changeme' }],
    }
    await namespace.create(app('yaml', settings, container))
    const line = async (pattern: RegExp) => (await namespace.line('yaml', 'app', pattern))[1]
    t.equal(await line(/^url (.*)/), 'postgres://first:one@db/app')
    t.equal(await line(/^json (.*)/), '{"password":"one","user":"first"}')
    t.equal(await line(/^mode (.*)/), '400')
    t.equal(
      await line(/^(user .*)/),
      'user first level info trace unset',
      'the secret beats the literal of the same name',
    )
  },
)

t.test('a labelled ConfigMap with a template in a file of its own', async t => {
  const namespace = await cluster.namespace(t, { policy })
  await cluster.vault.write('secret/data/yaml/web', { data: { token: 's3cret' } })
  await cluster.api.create(`${namespace.path}/configmaps`, {
    metadata: { name: 'web', labels: { 'podvault.dev/secrets-file': 'true' } },
    data: {
      'web.yaml':
        'secrets: [{path: secret/yaml/web, files: [{name: app.ini, template-file: /etc/secrets.d/app.ctmpl}]}]',
      'app.ctmpl': '[api]\ntoken = {{ .token | toUpper }}\n',
    },
  })
  const container = shell(`echo "ini $(tr '\\n' ' ' < /vault/secrets/app.ini)"; ${forever}`)
  await namespace.create(app('web', { role: namespace.name, 'secrets-file': 'web' }, container))
  t.equal((await namespace.line('web', 'app', /^ini (.*)/))[1], '[api] token = S3CRET ')
})
