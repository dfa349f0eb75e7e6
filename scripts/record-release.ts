// npm run record:release -- COMMIT: runs podvault as it was at a commit, and keeps in test/fixtures/upgrade/COMMIT what it
// leaves on a pod and in its state volume. The README there says what for.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { configIn, recorded, upgrade } from '../test/fixtures/upgrade.ts'
import { putSecret } from '../test/fixtures/vault-memory.ts'
import { startVault } from '../test/fixtures/vault-server.ts'

/** Podvault of then, with the libraries of now. */
const checkOut = (commit: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'podvault-release-'))
  execFileSync('tar', ['x', '-C', folder], { input: execFileSync('git', ['archive', commit], { maxBuffer: 2 ** 30 }) })
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  return folder
}

const inject = (cwd: string): string => {
  const args = ['src/main.ts', 'inject', '-f', resolve(upgrade, 'pod.yaml'), '--vault-address', 'http://vault:8200']
  return execFileSync(process.execPath, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

/** The state that its login hands over, with another token. */
const logIn = async (cwd: string, injected: string): Promise<string> => {
  await using vault = await startVault()
  putSecret(vault.memory, 'secret/app/db', { host: recorded.host })
  vault.memory.databaseRoles.set('database/app', { ttl: 3600, maxTtl: 86_400 })
  const config = configIn(injected)
  const folders = { secrets: join(cwd, '.secrets'), state: join(cwd, '.state') }
  for (const folder of Object.values(folders)) mkdirSync(folder)
  const tokenFile = join(cwd, '.token')
  writeFileSync(tokenFile, 'a.jwt')
  const here = { ...config, vault: { address: vault.address }, auth: { ...config.auth, tokenFile }, folders }
  const env = { PODVAULT_CONFIG: JSON.stringify(here) }
  const login = spawn(process.execPath, ['src/main.ts', 'login'], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(login, 'exit')
  if (code !== 0) throw new Error(`its login ended with ${code}`)
  const [token = ''] = vault.memory.tokens.keys()
  const text = readFileSync(join(folders.state, 'state.json'), 'utf8').replaceAll(token, recorded.token)
  return `${JSON.stringify(JSON.parse(text), undefined, 2)}\n`
}

/** What its replicas share: the Secret with their authority and one before it, and the Lease; undefined before there were any. */
const shared = (cwd: string): string | undefined => {
  if (!existsSync(join(cwd, 'src/webhook/election.ts'))) return undefined
  const program = `
import { makeAuthority } from './src/webhook/make-certificates.ts'
import { writeTrust } from './src/webhook/trust.ts'
import { leaseOf } from './src/webhook/election.ts'
const [now, year] = [new Date(), 31_536_000_000]
const [current, { cert }] = [makeAuthority(now, 100 * year), makeAuthority(now, 100 * year)]
const data = writeTrust({ current, former: [{ cert, until: now.getTime() + year }] })
process.stdout.write(JSON.stringify({ data, lease: leaseOf('podvault', 'a replica', undefined, now) }, undefined, 2))`
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd, encoding: 'utf8' })
}

const [, , commit = ''] = process.argv
if (!/^[0-9a-f]{7,40}$/.test(commit)) throw new Error('usage: npm run record:release -- COMMIT')
const then = checkOut(commit)
try {
  const injected = inject(then)
  const state = await logIn(then, injected)
  mkdirSync(join(upgrade, commit), { recursive: true })
  writeFileSync(join(upgrade, commit, 'injected.yaml'), injected)
  writeFileSync(join(upgrade, commit, 'state.json'), state)
  const replicas = shared(then)
  if (replicas !== undefined) writeFileSync(join(upgrade, commit, 'replicas.json'), `${replicas}\n`)
} finally {
  rmSync(then, { recursive: true })
}
