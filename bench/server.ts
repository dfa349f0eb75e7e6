import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
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

/** A memory cgroup as the manifest's limit makes one, of either version: Node goes by it, and the kernel kills for it. */
export const makeGroup = (bytes: number) => {
  const isSecond = existsSync('/sys/fs/cgroup/cgroup.controllers')
  const path = `/sys/fs/cgroup/${isSecond ? '' : 'memory/'}podvault-bench-${process.pid}`
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, isSecond ? 'memory.max' : 'memory.limit_in_bytes'), String(bytes))
  /** To be put before a command, which is in the group from its beginning. */
  const enter: readonly string[] = ['sh', '-c', `echo $$ > ${path}/cgroup.procs; exec "$@"`, 'sh']
  return { enter, [Symbol.dispose]: () => rmdirSync(path) }
}

/** Its log goes to a file, as a container's does. */
export const start = async ({ folder }: Folder, name: string, ...program: readonly string[]): Promise<Running> =>
  startAs([], folder, name, process.execPath, ...program)

const startAs = async (
  before: readonly string[],
  folder: string,
  name: string,
  ...program: readonly string[]
): Promise<Running> => {
  const file = join(folder, name)
  const log = openSync(file, 'w')
  const [command = '', ...args] = [...before, 'taskset', '-c', '0', ...program]
  const child = spawn(command, args, { stdio: ['ignore', log, 'inherit'] })
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

/** @param before a command that runs another one, such as `enter` of a group */
export const startWebhook = async (
  { folder, certificate, key }: Folder,
  before: readonly string[] = [],
): Promise<Running> => {
  const flags = {
    listen: '127.0.0.1:0',
    'metrics-listen': '',
    'vault-address': 'http://vault:8200',
    'kubernetes-version': '1.36',
    'tls-cert-file': certificate,
    'tls-key-file': key,
  }
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  return startAs(
    before,
    folder,
    'podvault',
    process.execPath,
    ...nodeFlags,
    'dist/app/podvault.cjs',
    'webhook',
    ...args,
  )
}

export const residentMegabytes = ({ child }: Running): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024
