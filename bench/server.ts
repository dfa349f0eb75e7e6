import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeFlags } from '../scripts/code-cache.ts'
import type { Target } from './load.ts'

/** A server on the first core; the load comes from another. */
export type Running = { readonly child: ChildProcess; readonly target: Target }

/** A folder with a certificate from files, as in a cluster: nothing of what makes one in memory. */
export const makeFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'podvault-bench-'))
  execFileSync(process.execPath, ['dist/app/podvault.cjs', 'certs', '--dir', folder], { stdio: 'ignore' })
  return {
    folder,
    certificate: join(folder, 'tls.crt'),
    key: join(folder, 'tls.key'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

type Folder = ReturnType<typeof makeFolder>

/** Its log goes to a file, as a container's does. */
export const start = async ({ folder }: Folder, name: string, ...program: readonly string[]): Promise<Running> => {
  const file = join(folder, name)
  const log = openSync(file, 'w')
  const child = spawn('taskset', ['-c', '0', process.execPath, ...program], { stdio: ['ignore', log, 'inherit'] })
  for (let attempt = 0; attempt < 100; attempt++) {
    await sleep(100)
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .find(text => text.includes('"listening"'))
    if (line === undefined) continue
    const port = Number(String(JSON.parse(line).address).split(':').at(-1))
    const ca = readFileSync(join(folder, 'ca.crt'), 'utf8')
    return { child, target: { host: '127.0.0.1', port, ca, path: '/mutate' } }
  }
  throw new Error(`${name} did not start`)
}

export const startWebhook = async (folder: Folder): Promise<Running> => {
  const flags = {
    listen: '127.0.0.1:0',
    'metrics-listen': '',
    'vault-address': 'http://vault:8200',
    'kubernetes-version': '1.36',
    'tls-cert-file': folder.certificate,
    'tls-key-file': folder.key,
  }
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  return start(folder, 'podvault', ...nodeFlags, 'dist/app/podvault.cjs', 'webhook', ...args)
}

export const residentMegabytes = ({ child }: Running): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024
