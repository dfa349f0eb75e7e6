// `podvault check` and `podvault status` on an installation as people make it: well, and then broken in one way after the other.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { promisify } from 'node:util'
import t from 'tap'
import type { CheckReport } from '../../src/cli/check/report.ts'
import type { Finding } from '../../src/cli/check/table.ts'
import type { StatusRow } from '../../src/cli/status-rows.ts'
import { alone } from './alone.ts'
import { asks, forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { eventually } from './eventually.ts'
import { chart, helm, set } from './helm.ts'
import { isReady, type Namespace } from './namespace.ts'
import { vaultAddress } from './place.ts'
import { serveService } from './service.ts'
import { certs, otherOperator, program } from './webhook.ts'

const cluster = connect()
const label = 'check.test'
const home = 'podvault'

const values = {
  config: { 'vault-address': vaultAddress },
  namespaceSelector: { matchLabels: { [label]: 'here' } },
}

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }

const podvault = async (...args: readonly string[]): Promise<Ran> =>
  promisify(execFile)(process.execPath, [program, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Ran,
  )

const check = async (...args: readonly string[]): Promise<CheckReport & Pick<Ran, 'code'>> => {
  const { code, stdout, stderr } = await podvault('check', '--output', 'json', ...args)
  if (stdout === '') throw new Error(`podvault check says nothing but: ${stderr}`)
  return { code, ...(JSON.parse(stdout) as CheckReport) }
}

const badIn = ({ findings }: Pick<CheckReport, 'findings'>): readonly Finding[] =>
  findings.filter(({ level }) => level !== 'ok')

const of = ({ findings }: Pick<CheckReport, 'findings'>, id: Finding['check']): readonly Finding[] =>
  findings.filter(each => each.check === id)

/** Gives the webhook other settings, by the ConfigMap that it reads again. */
const configure = async (more: string): Promise<string> => {
  const data = { 'config.yaml': `vault-address: ${vaultAddress}\n${more}` }
  return cluster.kubectl('-n', home, 'patch', 'configmap', 'podvault', '-p', JSON.stringify({ data }))
}

const secrets = 'VERSION 2\nMOUNT secret\nPASSWORD=check#password'

const deploy = async (
  namespace: Namespace,
  name: string,
  annotations: Readonly<Record<string, string>>,
  replicas = 0,
): Promise<void> => {
  const template = {
    metadata: { labels: { app: name }, annotations },
    spec: { terminationGracePeriodSeconds: 1, containers: [shell(forever)] },
  }
  await cluster.api.create(`/apis/apps/v1/namespaces/${namespace.name}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template },
  })
}

const patch = async (kind: string, name: string, ...operations: readonly object[]): Promise<void> => {
  await cluster.kubectl('patch', kind, name, '--type=json', '-p', JSON.stringify(operations))
}

t.test('an installation, well and broken', async t => {
  const whole = t
  const folder = t.testdir()
  await alone(t)
  await cluster.vault.write('secret/data/check', { data: { password: 'nobody-may-read-this' } })
  await cluster.kubectl('create', 'namespace', home)
  await cluster.kubectl('label', 'namespace', home, 'pod-security.kubernetes.io/enforce=restricted')
  whole.teardown(async () => {
    await helm('uninstall', 'podvault', '-n', home, '--wait').catch(() => '')
    await cluster.kubectl('delete', 'namespace', home, '--ignore-not-found', '--timeout=60s')
  })
  await helm('install', 'podvault', chart, '-n', home, '--wait', '--timeout=120s', ...set(values))
  await serveService(whole, cluster.api, home, 'podvault')
  const policy = 'path "secret/data/check" { capabilities = ["read"] }'
  const namespace = await cluster.namespace(t, {
    policy,
    labels: { [label]: 'here', [otherOperator]: 'check', 'pod-security.kubernetes.io/enforce': 'baseline' },
  })
  const { name } = namespace
  const role = name
  await deploy(namespace, 'web', asks({ role, secrets }), 2)
  await eventually('two pods that are ready', 60, async () => {
    const { items } = await cluster.api.get<{ readonly items: readonly Parameters<typeof isReady>[0][] }>(
      `${namespace.path}/pods`,
    )
    return items.filter(isReady).length === 2
  })

  await t.test('everything is well, also from the pod of a workload, which is gone afterwards', async t => {
    const report = await check('-n', name, 'deployment/web', '--probe')
    t.same(
      badIn(report).filter(({ check: id }) => id !== 'vault-certificate'),
      [],
    )
    t.match(of(report, 'vault-certificate'), [{ level: 'warning', message: /not encrypted/ }])
    t.equal(report.code, 0)
    for (const id of ['dry-run', 'ca-bundle', 'certificate', 'rights', 'vault-login', 'vault-paths'] as const)
      t.ok(of(report, id).length > 0, id)
    t.match(
      of(report, 'vault-login')[0]?.message,
      new RegExp(`role ${role}.*serviceaccount:${name}:default, audience vault`),
    )
    t.notMatch(JSON.stringify(report), /nobody-may-read-this|hvs\./)
    await eventually(
      'no pod of the check',
      30,
      async () =>
        (await cluster.kubectl(
          '-n',
          name,
          'get',
          'pods',
          '-l',
          'app.kubernetes.io/name=podvault-check',
          '-o',
          'name',
        )) === '',
    )
    const text = await podvault('check', '-n', name)
    t.comment(text.stdout)
    t.match(text, { code: 0, stdout: /^ok +kubernetes +Kubernetes 1\.\d+ has everything/ })
    t.match(await check('-A'), { counts: { failure: Number } })
    t.same(
      badIn(await check('-n', name, '--probe')).map(({ check: id }) => id),
      ['vault-certificate'],
    )
  })

  await t.test('every command of docs/check.md does what the page says, also in the sidecar itself', async t => {
    const page = readFileSync('docs/check.md', 'utf8')
    const commands = [...page.matchAll(/^```sh\n(.*?)^```\n/gms)].map(([, command = '']) => command)
    t.equal(commands.length, 2)
    for (const command of commands) {
      const words = command.trim().replaceAll(' shop ', ` ${name} `).split(' ').slice(1)
      const said = command.startsWith('podvault ') ? (await podvault(...words)).stdout : await cluster.kubectl(...words)
      t.match(said, /^ok +vault-login +.*logs in as role /m, command)
      t.match(said, /^ok +vault-paths +.*may use each of 1 paths/m)
    }
  })

  /** Of a service account that may do nothing yet. */
  const kubeconfigOf = async (account: string): Promise<string> => {
    await cluster.kubectl('-n', name, 'create', 'serviceaccount', account)
    const token = (await cluster.kubectl('-n', name, 'create', 'token', account)).trim()
    const text = await cluster.kubectl('config', 'view', '--raw', '-o', 'json')
    const config = JSON.parse(text) as { readonly users: readonly { readonly name: string }[] }
    const file = `${folder}/${account}`
    writeFileSync(
      file,
      JSON.stringify({ ...config, users: config.users.map(user => ({ name: user.name, user: { token } })) }),
    )
    return file
  }

  await t.test('the rights of docs/check.md are enough for all but the Secret', async t => {
    const [, role = ''] = /^```yaml\n(.*?)^```\n/ms.exec(readFileSync('docs/check.md', 'utf8')) ?? []
    writeFileSync(`${folder}/role.yaml`, role)
    await cluster.kubectl('apply', '-f', `${folder}/role.yaml`)
    const kubeconfig = await kubeconfigOf('asker')
    const bound = ['--clusterrole=podvault-check', `--serviceaccount=${name}:asker`]
    await cluster.kubectl('create', 'clusterrolebinding', 'podvault-check', ...bound)
    whole.teardown(async () => cluster.kubectl('delete', 'clusterrole,clusterrolebinding', 'podvault-check'))
    const report = await check('-n', name, 'deployment/web', '--probe', '--kubeconfig', kubeconfig)
    t.same(
      badIn(report).map(({ check: id, level }) => `${level} ${id}`),
      ['unknown ca-bundle', 'warning vault-certificate'],
      JSON.stringify(badIn(report)),
    )
    const all = await check('-n', name, '--kubeconfig', kubeconfig)
    t.same(
      badIn(all).map(({ check: id }) => id),
      ['ca-bundle', 'probe'],
      JSON.stringify(badIn(all)),
    )
  })

  await t.test('stopped by Ctrl-C in the middle of a probe, it takes its pod away', async t => {
    const probes = async (): Promise<string> =>
      cluster.kubectl('-n', name, 'get', 'pods', '-l', 'app.kubernetes.io/name=podvault-check', '-o', 'name')
    const running = spawn(process.execPath, [program, 'check', '-n', name, 'deployment/web', '--probe'])
    const ended = once(running, 'exit')
    await eventually('the pod of the probe', 30, async () => (await probes()) !== '')
    running.kill('SIGINT')
    t.same(await ended, [1, null])
    await eventually('no pod of the probe', 30, async () => (await probes()) === '')
  })

  await t.test('status lists the workload, and says when it would be otherwise', async t => {
    const { stdout } = await podvault('status', '-n', name)
    t.comment(stdout)
    t.match(stdout, /^NAMESPACE +WORKLOAD[^]*Deployment\/web +2 +2\/2 +podvault +0\.\d+\.\d+ +\S+ +\S+ ago +–\n$/)
    await configure('defaults: {refresh: 1m}\n')
    const rows = JSON.parse((await podvault('status', '-n', name, '-o', 'json')).stdout) as readonly StatusRow[]
    t.match(rows, [{ workload: 'Deployment/web', pods: 2, drift: { settings: 2 } }])
    t.match(of(await check('-n', name), 'drift'), [{ level: 'warning', objects: [`Deployment ${name}/web`] }])
    await configure('')
    t.match((await podvault('status', '-n', name, '-l', 'app=other')).stderr, /no pod that runs here/)
  })

  await t.test('what Vault refuses is told as the pod would hear it', async t => {
    const probed = async (workload: string) => check('-n', name, `deployment/${workload}`, '--probe')
    await deploy(namespace, 'no-role', asks({ role: 'nobody', secrets }))
    await deploy(namespace, 'no-path', asks({ role, secrets: `${secrets}\nOTHER=elsewhere#key` }))
    await deploy(namespace, 'audience', asks({ role, secrets, audience: 'somebody-else' }))
    const [noRole, noPath, audience] = [await probed('no-role'), await probed('no-path'), await probed('audience')]
    for (const report of [noRole, noPath, audience]) {
      t.comment(JSON.stringify(badIn(report), null, 1))
      t.equal(report.code, 1)
    }
    t.match(of(noRole, 'vault-login'), [{ level: 'failure', message: /role nobody/ }])
    t.match(of(noPath, 'vault-login'), [{ level: 'ok' }])
    t.match(of(noPath, 'vault-paths'), [
      {
        level: 'failure',
        message: /may not read secret\/data\/elsewhere/,
        todo: /path "secret\/data\/elsewhere" \{ capabilities = \["read"\]/,
      },
    ])
    t.match(of(audience, 'vault-login'), [{ level: 'failure', message: /audience somebody-else/ }])
  })

  await t.test('workloads that are not as they should be are named', async t => {
    await deploy(namespace, 'refused', asks({ role, secrets, rol: 'x' }))
    await deploy(namespace, 'old', {
      'vault.hashicorp.com/agent-inject': 'true',
      'vault.hashicorp.com/role': role,
      'vault.hashicorp.com/agent-inject-secret-a': 'secret/data/check',
      'vault.hashicorp.com/log-level': 'debug',
    })
    await namespace.create({ name: 'plain', containers: [shell(forever)] })
    const late = Object.entries(asks({ role, secrets })).map(([key, value]) => `${key}=${value}`)
    await cluster.kubectl('-n', name, 'annotate', 'pod', 'plain', ...late)
    const report = await check('-n', name)
    t.comment(JSON.stringify(badIn(report), null, 1))
    t.match(of(report, 'refused'), [
      { level: 'failure', objects: [`Deployment ${name}/refused`], message: /did you mean/ },
    ])
    t.match(of(report, 'annotations'), [
      { level: 'warning', objects: [`Deployment ${name}/old`], message: /log-level/ },
    ])
    t.match(of(report, 'not-injected'), [{ level: 'failure', objects: [`Pod ${name}/plain`] }])
    t.equal(report.code, 1)
  })

  await t.test('a caBundle that somebody has overwritten, and rights that are gone', async t => {
    await cluster.kubectl('delete', 'clusterrolebinding', 'podvault')
    const path = '/webhooks/0/clientConfig/caBundle'
    const value = readFileSync(`${certs}/ca.crt`, 'base64')
    await patch('mutatingwebhookconfiguration', 'podvault', { op: 'replace', path, value })
    await eventually(
      'nobody believes it',
      30,
      async () => of(await check('-n', name), 'dry-run')[0]?.level === 'failure',
    )
    const report = await check('-n', name)
    t.comment(JSON.stringify(badIn(report), null, 1))
    t.match(of(report, 'rights')[0], {
      level: 'failure',
      message: /may not .*patch mutatingwebhookconfigurations podvault/,
    })
    t.match(
      of(report, 'ca-bundle').filter(({ level }) => level === 'failure'),
      [{ message: /podvault\/pods\.podvault\.dev does not hold the authority in use/ }],
    )
    t.match(of(report, 'dry-run'), [{ level: 'failure', message: /does not believe the webhook's certificate.*x509/ }])
    await helm('upgrade', 'podvault', chart, '-n', home, '--wait', '--timeout=120s', '--reuse-values')
    await eventually('it is as it was', 60, async () => of(await check('-n', name), 'dry-run')[0]?.level === 'ok')
  })

  await t.test('no replica is there', async t => {
    await cluster.kubectl('-n', home, 'scale', 'deployment', 'podvault', '--replicas=0')
    await eventually('no replica', 60, async () => of(await check('-n', name), 'dry-run')[0]?.level === 'failure')
    const report = await check('-n', name)
    t.comment(JSON.stringify(badIn(report), null, 1))
    t.match(of(report, 'replicas'), [{ level: 'failure', message: '0 of 0 replicas are ready' }])
    t.equal(report.code, 1)
  })

  await t.test('whoever may read nothing is told so, and it is no failure', async t => {
    const kubeconfig = await kubeconfigOf('nobody')
    const report = await check('-n', name, '--kubeconfig', kubeconfig, '--probe')
    t.comment(JSON.stringify(badIn(report), null, 1))
    t.equal(report.code, 0)
    t.equal(report.counts.failure, 0)
    t.ok(report.counts.unknown > 6)
  })
})
