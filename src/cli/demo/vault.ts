import { spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Io } from '../../command.ts'
import { PodvaultError } from '../../errors.ts'

/** A Vault for the demo, with a secret at `<mount>/app/db` and a JWT role that may read it and nothing else. */
export type DemoVault = AsyncDisposable & {
  /** What it is, in words. */
  readonly said: string
  readonly address: string
  readonly mount: string
  readonly authPath: string
  /** What the kubelet would project: a token for the audience `vault`. */
  readonly jwt: string
  readonly write: (data: Readonly<Record<string, string>>) => Promise<void>
  readonly isAlive: (token: string) => Promise<boolean>
}

/** The Vault of VAULT_ADDR, else `vault` or `bao` from the PATH in dev mode, else the one of this repository's tests. */
export const demoVault = async ({ env }: Pick<Io, 'env'>): Promise<DemoVault> => {
  const address = env['VAULT_ADDR'] ?? ''
  if (address !== '') return existing(address, env['VAULT_TOKEN'] ?? '')
  const program = ['vault', 'bao'].map(name => onPath(name, env['PATH'] ?? '')).find(found => found !== undefined)
  return program === undefined ? embedded() : ownServer(program, env)
}

const onPath = (name: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(isProgram)

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const embedded = async (): Promise<DemoVault> => {
  const { startVault } = await import('../../../test/fixtures/vault-server.ts')
  const { rootToken } = await import('../../../test/fixtures/vault-memory.ts')
  const fake = await startVault()
  fake.memory.loginRoles.set('jwt/web', { reads: ['secret/app'] })
  const base = api(fake.address, rootToken)
  return {
    said: 'the small Vault of this repository’s tests, in memory: neither VAULT_ADDR nor vault nor bao is there',
    address: fake.address,
    mount: 'secret',
    authPath: 'jwt',
    jwt: identity().jwt,
    ...operations(base, 'secret'),
    [Symbol.asyncDispose]: () => fake.close(),
  }
}

const ownServer = async (program: string, env: Io['env']): Promise<DemoVault> => {
  const port = await freePort()
  const token = randomBytes(16).toString('hex')
  const args = ['server', '-dev', '-dev-no-store-token', `-dev-listen-address=127.0.0.1:${port}`]
  const child = spawn(program, args, {
    env: { ...env, VAULT_DEV_ROOT_TOKEN_ID: token, BAO_DEV_ROOT_TOKEN_ID: token },
    stdio: 'ignore',
  })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const address = `http://127.0.0.1:${port}`
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  try {
    await answering(address)
    const vault = await existing(address, token)
    return { ...vault, said: `${program} in dev mode, only for this demo`, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const at = server.address()
      server.close(() => resolve(typeof at === 'object' && at !== null ? at.port : 0))
    })
  })

const answering = async (address: string): Promise<void> => {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await fetch(`${address}/v1/sys/health`).catch(() => undefined)
    if (answer?.ok === true) return
    await sleep(100)
  }
  throw new PodvaultError('vault-unreachable', `the Vault started at ${address} does not answer`)
}

/** Everything the demo makes in a Vault that is somebody's has a name of its own, and is removed afterwards. */
const existing = async (address: string, token: string): Promise<DemoVault> => {
  if (token === '')
    throw new PodvaultError('usage', 'VAULT_ADDR is set, VAULT_TOKEN is not', {
      hint: 'the demo makes a mount, a policy and a role there; or unset VAULT_ADDR, and it brings a Vault of its own',
    })
  const own = `podvault-demo-${randomBytes(4).toString('hex')}`
  const call = api(address, token)
  const { jwt, publicKey } = identity()
  await call('POST', `sys/mounts/${own}`, { type: 'kv', options: { version: '2' } })
  await call('POST', `sys/policies/acl/${own}`, { policy: `path "${own}/data/app/*" { capabilities = ["read"] }` })
  await call('POST', `sys/auth/${own}`, { type: 'jwt' })
  await call('POST', `auth/${own}/config`, { jwt_validation_pubkeys: [publicKey] })
  await call('POST', `auth/${own}/role/web`, {
    role_type: 'jwt',
    user_claim: 'sub',
    bound_audiences: ['vault'],
    token_policies: [own],
    token_ttl: '1h',
  })
  return {
    said: `the Vault at ${address}, with a mount, a role and a policy ${own} that are removed afterwards`,
    address,
    mount: own,
    authPath: own,
    jwt,
    ...operations(call, own),
    [Symbol.asyncDispose]: async () => {
      for (const path of [`sys/auth/${own}`, `sys/mounts/${own}`, `sys/policies/acl/${own}`]) await call('DELETE', path)
    },
  }
}

type Call = (method: string, path: string, body?: unknown, token?: string) => Promise<boolean>

/** True when Vault did it; false for a token it does not know; throws for everything else. */
const api =
  (address: string, root: string): Call =>
  async (method, path, body, token = root) => {
    const headers = { 'X-Vault-Token': token, 'X-Vault-Request': 'true', 'Content-Type': 'application/json' }
    const answer = await fetch(`${address}/v1/${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (answer.ok || (token !== root && answer.status === 403)) return answer.ok
    const hint = answer.status === 403 ? 'VAULT_TOKEN must be allowed to' : 'see the log of Vault'
    throw new PodvaultError('vault-refused', `Vault answers ${method} ${path} with status ${answer.status}`, { hint })
  }

const operations = (call: Call, mount: string): Pick<DemoVault, 'write' | 'isAlive'> => ({
  write: async data => {
    await call('POST', `${mount}/data/app/db`, { data })
  },
  isAlive: token => call('GET', 'auth/token/lookup-self', undefined, token),
})

/** A service account token as a cluster would sign it, and the key that proves it. */
const identity = (): { readonly jwt: string; readonly publicKey: string } => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: 'demo', sub: 'system:serviceaccount:default:web', aud: 'vault', iat: now, exp: now + 600 }
  const signed = [{ alg: 'ES256', typ: 'JWT' }, claims]
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return {
    jwt: `${signed}.${signature.toString('base64url')}`,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}
