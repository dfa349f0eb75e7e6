// npm run bench:agent: the agent beside `vault agent`, in turn, on one Vault: from exec to the written file, and resident.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeFlags } from '../scripts/code-cache.ts'
import { demoVault } from '../src/cli/demo/vault.ts'
import { bin, buildServers } from '../test/cluster/servers.ts'
import { type AgentConfig, encodeConfig, names } from '../src/contract.ts'

const runs = 21
const settled = 8000

type Cost = { readonly wall: number; readonly cpu: number }
type Memory = { readonly rss: number; readonly anonymous: number }

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN

/** Seconds by the shell's own clock, which has milliseconds; both cores are there for either. */
const cost = (command: readonly string[], env: NodeJS.ProcessEnv): Cost => {
  const script = `TIMEFORMAT='%R %U %S'; time "$@" > /dev/null 2>&1`
  const { stderr, status } = spawnSync('/bin/bash', ['--norc', '--noprofile', '-c', script, 'bash', ...command], {
    env,
    encoding: 'utf8',
  })
  const [wall = NaN, user = NaN, system = NaN] = stderr.trim().split(' ').map(Number)
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}`)
  return { wall, cpu: user + system }
}

const memory = async (command: readonly string[], env: NodeJS.ProcessEnv): Promise<Memory> => {
  const [program = '', ...args] = command
  const child = spawn(program, args, { env, stdio: 'ignore' })
  await sleep(settled)
  const text = readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8')
  child.kill('SIGKILL')
  const megabytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / 1024
  return { rss: megabytes('Rss'), anonymous: megabytes('Anonymous') }
}

await buildServers()
const nothing = new PassThrough()
const io = {
  env: { PATH: bin, HOME: tmpdir() },
  stdin: nothing,
  stdout: nothing,
  stderr: nothing,
  stop: new AbortController().signal,
}
// Vault itself, with a root token that is known here, for the paths of the second scenario.
const port = 18_200
const server = spawn(
  join(bin, 'vault'),
  ['server', '-dev', '-dev-no-store-token', `-dev-listen-address=127.0.0.1:${port}`],
  {
    env: { ...io.env, VAULT_DEV_ROOT_TOKEN_ID: 'root' },
    stdio: 'ignore',
  },
)
const address = `http://127.0.0.1:${port}`
while (!(await fetch(`${address}/v1/sys/health`).catch(() => undefined))?.ok) await sleep(100)
const vault = await demoVault({ ...io, env: { ...io.env, VAULT_ADDR: address, VAULT_TOKEN: 'root' } })
await vault.write({ username: 'web', password: 'bench' })
const paths = Array.from({ length: 12 }, (_, index) => `app/s${index}`)
for (const path of paths)
  await fetch(`${address}/v1/${vault.mount}/data/${path}`, {
    method: 'POST',
    headers: { 'X-Vault-Token': 'root' },
    body: JSON.stringify({
      data: { username: `user of ${path}`, password: 'bench & <bench>', port: 5432, tags: ['a', 'b'] },
    }),
  })

// In memory, as the volumes of a pod are.
const root = mkdtempSync('/dev/shm/podvault-bench-')
const [token, secrets, state, rendered] = ['token', 'secrets', 'state', 'rendered'].map(name => join(root, name)) as [
  string,
  string,
  string,
  string,
]
writeFileSync(token, vault.jwt)
const fresh = (): void => {
  for (const folder of [secrets, state, rendered]) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
  }
}

/** What both are told to write. */
type Scenario = {
  readonly name: string
  readonly files: AgentConfig['files']
  readonly env: AgentConfig['env']
  /** Of Vault Agent, by the file's name. */
  readonly templates: Readonly<Record<string, string>>
  /** Names of the files that are compared; podvault's come in another form where there is none in the other. */
  readonly same: readonly string[]
}

const one: Scenario = {
  name: 'one secret',
  files: [
    {
      name: 'secrets',
      entries: [{ path: `${vault.mount}/app/db`, env: [{ name: 'PASSWORD', key: 'password' }], files: [] }],
    },
  ],
  env: 'auto',
  templates: { 'rendered.json': `{{ with secret "${vault.mount}/data/app/db" }}{{ .Data.data | toJSON }}{{ end }}` },
  same: [],
}

/** Whole secrets as JSON, some of them twice, and three templates over several of them, as a pod of vault-k8s asks for them. */
const plain = Array.from({ length: 17 }, (_, index) => ({
  name: `file-${index}.json`,
  path: `${vault.mount}/data/${paths[index % 12]}`,
}))
const withSecrets = (body: string, of: readonly string[]): string =>
  of.map(path => `{{ with secret "${vault.mount}/data/${path}" }}${body}{{ end }}`).join('\n')
const three: Readonly<Record<string, string>> = {
  urls: withSecrets(
    'postgres://{{ .Data.data.username | urlquery }}:{{ .Data.data.password | urlquery }}@db:{{ .Data.data.port }}/app',
    paths.slice(0, 4),
  ),
  'app.properties': withSecrets('{{ range $k, $v := .Data.data }}app.{{ $k }}={{ $v }}\n{{ end }}', paths.slice(3, 8)),
  'app.yaml': withSecrets('{{ .Data.data | toYAML }}{{ .Data.data.password | sha256Hex }}', paths.slice(6, 12)),
}
const many: Scenario = {
  name: '20 files of 12 paths, 3 of them by templates',
  files: [
    {
      name: 'secrets',
      entries: [
        ...Array.from(
          Map.groupBy(plain, ({ path }) => path),
          ([path, files]) => ({
            path,
            kv: 'v1' as const,
            env: [],
            files: files.map(({ name }) => ({ name, format: 'vault-agent-json' as const })),
          }),
        ),
        {
          env: [],
          files: Object.entries(three).map(
            ([name, template]) => ({ name, format: 'template', template, lenient: true }) as const,
          ),
        },
      ],
    },
  ],
  env: 'none',
  templates: {
    ...Object.fromEntries(
      plain.map(({ name, path }) => [name, `{{ with secret "${path}" }}{{ .Data | toJSON }}\n{{ end }}`]),
    ),
    ...three,
  },
  same: [...plain.map(({ name }) => name), ...Object.keys(three)],
}

const configOf = ({ files, env }: Scenario): AgentConfig => ({
  version: 1,
  vault: { address: vault.address },
  auth: { method: 'jwt', path: vault.authPath, role: 'web', tokenFile: token },
  files,
  mounted: [],
  env,
  folders: { secrets, state },
  mode: 0o444,
  refresh: 300,
  renewAt: 0.67,
  revoke: false,
  loginTimeout: 30,
})
const podvault = (command: string): readonly string[] => [
  process.execPath,
  ...nodeFlags,
  'dist/app/podvault.cjs',
  command,
]
const podvaultEnv = (scenario: Scenario) => ({ PATH: '', [names.configVariable]: encodeConfig(configOf(scenario)) })

const agentConfig = ({ templates }: Scenario, exit: boolean): string => {
  const file = join(root, `agent-${exit}.json`)
  const method = {
    type: 'jwt',
    mount_path: `auth/${vault.authPath}`,
    config: { path: token, role: 'web', remove_jwt_after_reading: false },
  }
  const stanzas = {
    vault: { address: vault.address },
    auto_auth: { method: [method] },
    exit_after_auth: exit,
    template: Object.entries(templates).map(([name, contents]) => ({ contents, destination: join(rendered, name) })),
  }
  writeFileSync(file, JSON.stringify(stanzas))
  return file
}
const vaultAgent = (scenario: Scenario, exit: boolean): readonly string[] => [
  join(bin, 'vault'),
  'agent',
  `-config=${agentConfig(scenario, exit)}`,
]
const agentEnv = { PATH: '', HOME: root }

const line = (what: string, ours: number, theirs: number, unit: string, digits: number): void => {
  const ratio = (ours / theirs).toFixed(2)
  process.stdout.write(
    `${what}: podvault ${ours.toFixed(digits)} ${unit}, vault agent ${theirs.toFixed(digits)} ${unit}, ratio ${ratio}\n`,
  )
}

/** Versions and times in the envelope are Vault's; everything is the same. */
const check = ({ same, templates }: Scenario): void => {
  for (const name of same)
    if (readFileSync(join(secrets, name), 'utf8') !== readFileSync(join(rendered, name), 'utf8'))
      throw new Error(`${name} differs`)
  if (same.length === 0 && !existsSync(join(secrets, 'secrets.json'))) throw new Error('a file is missing')
  for (const name of Object.keys(templates)) if (!existsSync(join(rendered, name))) throw new Error('a file is missing')
}

const measure = async (scenario: Scenario): Promise<void> => {
  process.stdout.write(`\n${scenario.name}\n`)
  const costs: { readonly podvault: Cost[]; readonly agent: Cost[] } = { podvault: [], agent: [] }
  for (let run = -1; run < runs; run++) {
    fresh()
    const ours = cost(podvault('login'), podvaultEnv(scenario))
    const theirs = cost(vaultAgent(scenario, true), agentEnv)
    check(scenario)
    // The first is a warm-up.
    if (run < 0) continue
    costs.podvault.push(ours)
    costs.agent.push(theirs)
  }
  for (const what of ['wall', 'cpu'] as const)
    line(
      `exec to secrets written, ${what}`,
      median(costs.podvault.map(each => each[what])),
      median(costs.agent.map(each => each[what])),
      's',
      3,
    )
  const resident = {
    podvault: await memory(podvault('renew'), podvaultEnv(scenario)),
    agent: await memory(vaultAgent(scenario, false), agentEnv),
  }
  for (const what of ['rss', 'anonymous'] as const)
    line(`resident, ${what}`, resident.podvault[what], resident.agent[what], 'MB', 1)
}

// What a pod pays that asks for more. Community Vault has no events: the sidecar has asked, and waits to ask again.
const more: readonly (readonly [string, Partial<AgentConfig>])[] = [
  ['metrics', { metricsPort: 19105 }],
  ['instant updates', { instantUpdates: true }],
]
const measureMore = async (): Promise<void> => {
  for (const [what, asked] of more) {
    const env = { PATH: '', [names.configVariable]: encodeConfig({ ...configOf(one), ...asked }) }
    const { rss } = await memory(podvault('renew'), env)
    process.stdout.write(`resident with ${what}, rss: podvault ${rss.toFixed(1)} MB\n`)
  }
}

try {
  for (const scenario of [one, many]) await measure(scenario)
  await measureMore()
} finally {
  server.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
}
