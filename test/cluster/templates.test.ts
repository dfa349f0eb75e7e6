import t from 'tap'
import { shell } from './apps.ts'
import { connect } from './cluster.ts'
import { importImage, vaultImage, vaultImageName } from './images.ts'
import { isReady } from './namespace.ts'
import { configurations, injectorConfiguration, namespaceFor, vaultK8sPod } from './vault-k8s-pods.ts'

const cluster = connect()
const label = { 'vault-k8s': 'templates' }
const name = 'vault-agent-injector-templates'

t.before(async () => {
  importImage(vaultImage())
  await cluster.api.create(configurations, injectorConfiguration(name, label))
  await cluster.vault.write('sys/mounts/certificates', { type: 'pki' })
  await cluster.vault.write('certificates/root/generate/internal', { common_name: 'test CA', ttl: '24h' })
  await cluster.vault.write('certificates/roles/web', { allow_any_name: true, ttl: '1h' })
})
t.teardown(async () => cluster.api.remove(`${configurations}/${name}`))

/** What people write, by the file's name. */
const typical = (at: string, path: string): Readonly<Record<string, string>> => ({
  db: `{{- with secret "${path}" -}}postgres://{{ .Data.data.username }}:{{ .Data.data.password | urlquery }}@db:5432/app{{- end }}`,
  exports: `{{ with secret "${path}" }}{{ range $k, $v := .Data.data }}export {{ $k | toUpper }}="{{ $v }}"\n{{ end }}{{ end }}`,
  json: `{{ with secret "${path}" }}{{ .Data.data | toJSON }}{{ .Data.data | toJSONPretty }}{{ end }}`,
  yaml: `{{ with secret "${path}" }}{{ .Data.data | toYAML }}{{ end }}`,
  properties: `# made for {{ env "NAMESPACE" }}\n{{ with secret "${path}" }}spring.datasource.username={{ .Data.data.username }}\nspring.datasource.password={{ .Data.data.password | replaceAll "=" "\\\\=" }}\n{{ if .Data.data.nope }}x{{ else }}none={{ .Data.data.nope }}{{ end }}{{ end }}`,
  keystore: `{{ with secret "${path}" }}{{ base64Decode .Data.data.keystore }}{{ end }}`,
  short: `{{ with secret "secret/${at}" }}{{ .Data.data.username }} v{{ .Data.metadata.version }} {{ .LeaseDuration }} {{ .Renewable }} "{{ .LeaseID }}"{{ end }}`,
  pinned: `{{ with secret "${path}?version=1" }}{{ .Data.data.username }}{{ end }}`,
  list: `{{ range secrets "secret/metadata/team-${at}" }}{{ . }}={{ with secret (printf "secret/data/team-${at}/%s" .) }}{{ .Data.data.v }}{{ end }};{{ end }}`,
  old: `{{ with secret "old/${at}" }}{{ .Data.v }} {{ .LeaseDuration }}{{ end }}`,
  written: `{{ with secret "${path}" }}{{ .Data.data.password | writeToFile "/vault/secrets/password" "" "" "0644" }}written{{ end }}`,
  defined: `{{ define "url" }}{{ .username }}@{{ printf "%q" .password }}{{ end }}{{ with secret "${path}" }}{{ template "url" .Data.data }}{{ end }}`,
  sprig: `{{ with secret "${path}" }}{{ .Data.data.username | sprig_b64enc }} {{ .Data.data.password | sha256Hex }} {{ sprig_list 1 2 | sprig_join "," | sprig_quote }}{{ end }}`,
  tls: `{{ with pkiCert "certificates/issue/web" "common_name=web.example.com" }}{{ .Cert }}{{ .CA }}{{ .Key }}{{ end }}`,
})

/** A certificate is another one each time: only what is around it can be compared. */
const withoutKeys = (text: string): string => text.replaceAll(/^[A-Za-z0-9+/=]{1,76}$/gm, '').replaceAll(/\n+/g, '\n')

t.test('typical templates become the same bytes as with the real Vault Agent', async t => {
  const data = { username: 'web', password: 'a=<b> & "c"\'$', keystore: '/u3+7QAAAAIAAAAB', number: 1.5e21 }
  const { namespace, path } = await namespaceFor(t, cluster, label, data, at =>
    [
      `secret/data/team-${at}/*`,
      `secret/metadata/team-${at}/*`,
      `secret/metadata/team-${at}`,
      `old/${at}`,
      'certificates/issue/web',
    ]
      .map(each => `path "${each}" { capabilities = ["read", "list", "update", "create"] }`)
      .join(' '),
  )
  await cluster.vault.write(path, { data: { ...data, username: 'web-2' } })
  for (const key of ['b', 'a'])
    await cluster.vault.write(`secret/data/team-${namespace.name}/${key}`, { data: { v: key } })
  await cluster.vault.write(`old/${namespace.name}`, { v: 'old' })
  const templates = typical(namespace.name, path)
  const settings = {
    ...Object.fromEntries(Object.entries(templates).map(([file, text]) => [`agent-inject-template-${file}`, text])),
    'agent-inject-template-delimited': `[[ with secret "${path}" ]][[ .Data.data.username ]]{{[[ end ]]`,
    'agent-template-left-delim-delimited': '[[',
    'agent-template-right-delim-delimited': ']]',
  }
  const files = [...Object.keys(templates), 'delimited', 'password']
  const bytes = async (engine: string): Promise<ReadonlyMap<string, string>> => {
    const created = await namespace.create(
      vaultK8sPod(engine, namespace, settings, engine === 'auto' ? {} : { 'podvault.dev/engine': engine }),
    )
    const image = created.spec?.initContainers?.[0]?.image
    t.equal(image === vaultImageName, engine === 'vault-agent', `${engine} gets its own agent`)
    await namespace.until(engine, 'a pod that is ready', isReady, 60)
    const shown = await namespace.exec(
      engine,
      'app',
      'sh',
      '-c',
      `cd /vault/secrets; for f in ${files.join(' ')}; do echo "== $f"; case $f in keystore) od -An -tx1 $f;; *) cat $f; echo;; esac; done`,
    )
    const parts = shown.split(/^== /m).slice(1)
    return new Map(parts.map(part => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]))
  }
  const [ours, theirs] = [await bytes('auto'), await bytes('vault-agent')]
  t.equal(ours.size, files.length)
  for (const file of files) {
    const [one = '', other = ''] = [ours.get(file), theirs.get(file)]
    t.not(other.trim(), '', `${file} has something in it`)
    if (file === 'tls') t.equal(withoutKeys(one), withoutKeys(other), file)
    else t.equal(one, other, file)
  }
  t.comment([...ours].map(([file, text]) => `${file}: ${text.slice(0, 120)}`).join('\n'))
})

t.test('what a template has found is kept: a change reaches the file, and a new path is followed', async t => {
  const { namespace, path } = await namespaceFor(
    t,
    cluster,
    label,
    { next: 'one' },
    at => `path "secret/data/${at}-*" { capabilities = ["read"] }`,
  )
  const put = async (key: string, v: string) => cluster.vault.write(`${path}-${key}`, { data: { v } })
  await put('one', 'first')
  const settings = {
    'agent-inject-template-db': `{{ with secret "${path}" }}{{ with secret (printf "${path}-%s" .Data.data.next) }}{{ .Data.data.v }}{{ end }}{{ end }}`,
    'template-static-secret-render-interval': '5s',
  }
  const pod = vaultK8sPod('follows', namespace, settings)
  const container = shell(`while true; do cat /vault/secrets/db; echo; sleep 0.5; done & wait`)
  await namespace.create({ ...pod, containers: [container] })
  t.ok(await namespace.line('follows', 'app', /^first$/, 60))
  await put('one', 'second')
  t.ok(await namespace.line('follows', 'app', /^second$/, 30), 'a secret that was found is read again')
  await cluster.vault.write(path, { data: { next: 'two' } })
  await put('two', 'third')
  t.ok(await namespace.line('follows', 'app', /^third$/, 30), 'and another one is found')
})
