// npm run bench:idle: what a sidecar costs that has nothing to do, and one that looks at its secret every second. A minute each.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeFlags } from '../scripts/code-cache.ts'
import { encodeConfig, names } from '../src/contract.ts'
import { configOf, entry, file } from '../test/fixtures/agent.ts'
import { putSecret } from '../test/fixtures/vault-memory.ts'
import { startVault } from '../test/fixtures/vault-server.ts'

const seconds = 60

const command = (name: string): readonly string[] => [...nodeFlags, 'dist/app/podvault.cjs', name]

/** Milliseconds of CPU, and how often one of its threads went to sleep of its own: as often it had been woken. */
const costOf = (pid: number) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const wakes = readdirSync(`/proc/${pid}/task`).map(task => {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8')
    return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])
  })
  return { milliseconds: ticks * 10, wakes: wakes.reduce((sum, each) => sum + each, 0) }
}

await using vault = await startVault()
putSecret(vault.memory, 'secret/app/db', { password: 'bench' })
const root = mkdtempSync(join(tmpdir(), 'podvault-idle-'))
for (const [what, refresh] of [
  ['with nothing due', 300],
  ['with a look every second', 1],
] as const) {
  const [token, secrets, state] = ['token', 'secrets', 'state'].map(name => join(root, `${refresh}-${name}`)) as [
    string,
    string,
    string,
  ]
  for (const folder of [secrets, state]) mkdirSync(folder)
  writeFileSync(token, 'a.jwt')
  const config = configOf({
    vault: { address: vault.address },
    auth: { method: 'kubernetes', path: 'kubernetes', role: 'web', tokenFile: token },
    files: [file('web', entry('secret/app/db', { PASSWORD: 'password' }))],
    folders: { secrets, state },
    refresh,
    revoke: false,
  })
  const env = { PATH: '', [names.configVariable]: encodeConfig(config) }
  // Not spawnSync for the login: the Vault is in this process.
  await new Promise(resolve => spawn(process.execPath, command('login'), { env }).on('exit', resolve))
  const renew = spawn(process.execPath, command('renew'), { env, stdio: 'ignore' })
  await sleep(5000)
  const asked = vault.requests.length
  const before = costOf(renew.pid ?? 0)
  await sleep(seconds * 1000)
  const after = costOf(renew.pid ?? 0)
  renew.kill('SIGKILL')
  const cpu = after.milliseconds - before.milliseconds
  process.stdout.write(
    `${what}: ${cpu} ms of CPU in ${seconds} s (${((cpu / seconds / 1000) * 100).toFixed(2)} %), ${after.wakes - before.wakes} wake-ups of its threads, ${vault.requests.length - asked} requests\n`,
  )
}
rmSync(root, { recursive: true })
