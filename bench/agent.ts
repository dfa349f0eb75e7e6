// npm run bench:agent: the agent beside `vault agent`, in turn, on one Vault: from exec to the written file, and resident.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeFlags } from '../scripts/bundle.ts'
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
await using vault = await demoVault(io)
await vault.write({ username: 'web', password: 'bench' })

const root = mkdtempSync(join(tmpdir(), 'podvault-bench-'))
const [token, secrets, state, rendered] = ['token', 'secrets', 'state', 'rendered.json'].map(name =>
  join(root, name),
) as [string, string, string, string]
writeFileSync(token, vault.jwt)
const fresh = (): void => {
  for (const path of [secrets, state, rendered]) rmSync(path, { recursive: true, force: true })
  for (const folder of [secrets, state]) mkdirSync(folder)
}

const config: AgentConfig = {
  version: 1,
  vault: { address: vault.address },
  auth: { method: 'jwt', path: vault.authPath, role: 'web', tokenFile: token },
  files: [
    {
      name: 'secrets',
      entries: [{ path: `${vault.mount}/app/db`, env: [{ name: 'PASSWORD', key: 'password' }], files: [] }],
    },
  ],
  mounted: [],
  env: 'auto',
  folders: { secrets, state },
  mode: 0o444,
  refresh: 300,
  renewAt: 0.67,
  revoke: false,
  loginTimeout: 30,
}
const podvault = (command: string): readonly string[] => [
  process.execPath,
  ...nodeFlags,
  'dist/app/podvault.cjs',
  command,
]
const podvaultEnv = { PATH: '', [names.configVariable]: encodeConfig(config) }

const agentConfig = (exit: boolean): string => {
  const file = join(root, `agent-${exit}.json`)
  const contents = `{{ with secret "${vault.mount}/data/app/db" }}{{ .Data.data | toJSON }}{{ end }}`
  const method = {
    type: 'jwt',
    mount_path: `auth/${vault.authPath}`,
    config: { path: token, role: 'web', remove_jwt_after_reading: false },
  }
  const stanzas = {
    vault: { address: vault.address },
    auto_auth: { method: [method] },
    exit_after_auth: exit,
    template: [{ contents, destination: rendered }],
  }
  writeFileSync(file, JSON.stringify(stanzas))
  return file
}
const vaultAgent = (exit: boolean): readonly string[] => [join(bin, 'vault'), 'agent', `-config=${agentConfig(exit)}`]
const agentEnv = { PATH: '', HOME: root }

const costs: { readonly podvault: Cost[]; readonly agent: Cost[] } = { podvault: [], agent: [] }
for (let run = -1; run < runs; run++) {
  fresh()
  const ours = cost(podvault('login'), podvaultEnv)
  const theirs = cost(vaultAgent(true), agentEnv)
  if (!existsSync(join(secrets, 'secrets.json')) || !existsSync(rendered)) throw new Error('a file is missing')
  // The first is a warm-up.
  if (run < 0) continue
  costs.podvault.push(ours)
  costs.agent.push(theirs)
}
const line = (what: string, ours: number, theirs: number, unit: string, digits: number): void => {
  const ratio = (ours / theirs).toFixed(2)
  process.stdout.write(
    `${what}: podvault ${ours.toFixed(digits)} ${unit}, vault agent ${theirs.toFixed(digits)} ${unit}, ratio ${ratio}\n`,
  )
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
  podvault: await memory(podvault('renew'), podvaultEnv),
  agent: await memory(vaultAgent(false), agentEnv),
}
for (const what of ['rss', 'anonymous'] as const)
  line(`resident, ${what}`, resident.podvault[what], resident.agent[what], 'MB', 1)

// What a pod pays that asks for more. Community Vault has no events: the sidecar has asked, and waits to ask again.
const more: readonly (readonly [string, Partial<AgentConfig>])[] = [
  ['metrics', { metricsPort: 19105 }],
  ['instant updates', { instantUpdates: true }],
]
for (const [what, asked] of more) {
  const env = { PATH: '', [names.configVariable]: encodeConfig({ ...config, ...asked }) }
  const { rss } = await memory(podvault('renew'), env)
  process.stdout.write(`resident with ${what}, rss: podvault ${rss.toFixed(1)} MB\n`)
}
rmSync(root, { recursive: true, force: true })
