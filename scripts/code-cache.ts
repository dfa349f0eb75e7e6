import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { demoVault } from '../src/cli/demo/vault.ts'
import { type AgentConfig, encodeConfig, names } from '../src/contract.ts'

/** How Node runs the bundle. What a review or a secret leaves behind is short-lived: a small nursery is enough for it. */
export const nodeFlags: readonly string[] = ['--max-semi-space-size=2']

/**
 * Has V8's code of what runs in every pod laid beside it, see scripts/launcher. For that each command runs once, against a
 * small Vault in memory: what is needed only later is compiled when it is needed.
 */
export const rememberCode = async (): Promise<void> => {
  const home = mkdtempSync(join(tmpdir(), 'podvault-build-'))
  try {
    await using vault = await demoVault({ env: {} })
    await vault.write({ username: 'web', password: 'of a build' })
    const folders = { secrets: join(home, 'secrets'), state: join(home, 'state'), mounted: join(home, 'mounted') }
    for (const folder of Object.values(folders)) mkdirSync(folder)
    const [tokenFile, secretsFile] = [join(home, 'token'), join(folders.mounted, 'app.yaml')]
    writeFileSync(tokenFile, vault.jwt)
    writeFileSync(secretsFile, yaml)
    const config: AgentConfig = {
      version: 1,
      vault: { address: vault.address },
      auth: { method: 'jwt', path: vault.authPath, role: 'web', tokenFile },
      files: [{ name: 'secrets', entries: entriesOf(vault.mount) }],
      mounted: [{ configMap: 'app', folder: folders.mounted }],
      env: 'auto',
      folders,
      mode: 0o444,
      refresh: 300,
      renewAt: 0.67,
      revoke: true,
      loginTimeout: 30,
    }
    await remember({ [names.configVariable]: encodeConfig(config) }, 'renew')
    const login = { VAULT_ADDR: vault.address, VAULT_TOKEN: 'root' }
    await remember(login, 'render', '--secrets', secretsFile)
  } finally {
    rmSync(home, { recursive: true })
  }
}

const entriesOf = (mount: string): AgentConfig['files'][number]['entries'] => [
  { path: `${mount}/app/db`, env: [{ name: 'DB_USER', key: 'username' }], files: [{ name: 'db', format: 'yaml' }] },
  {
    env: [],
    files: [
      {
        name: 'db.properties',
        format: 'template',
        lenient: true,
        template: `{{ with secret "${mount}/data/app/db" }}{{ range $k, $v := .Data.data }}{{ $k }}={{ $v }}\n{{ end }}{{ end }}`,
      },
    ],
  },
]

const yaml = 'secrets:\n- path: secret/app/db\n  files: [{name: url, template: "postgres://{{ .username }}@db"}]\n'

/** A command that has not ended by itself ends when it says this: then a sidecar has done everything that it does at its start. */
const done = '"event":"ready"'

/** Milliseconds. */
const patience = 60_000

/** What V8 makes is in the order of its hashes, and of what has run: both are by chance, unless it is given the seeds. */
const reproducibly = ['--hash-seed=1', '--random-seed=1']

const remember = async (env: Readonly<Record<string, string>>, ...command: readonly string[]): Promise<void> => {
  const program = [...nodeFlags, ...reproducibly, 'scripts/launcher/remember.cjs', ...command]
  const child = spawn(process.execPath, program, { env, stdio: ['ignore', 'pipe', 'inherit'], timeout: patience })
  const ended = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) if (line.includes(done)) child.kill('SIGTERM')
  const [code] = await ended
  if (code !== 0) throw new Error(`podvault ${command.join(' ')} ended with ${code} when its code was to be kept`)
}
