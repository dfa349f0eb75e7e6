import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import process from 'node:process'
import { clear, keepKernelSettings, makeCgroup } from './leftovers.ts'

/**
 * Runs a command in a cluster with network, mounts and processes of its own, and resolves to its exit code; 1 when anything
 * of the cluster is left on the machine. When this process ends, however it does, the kernel ends `unshare`, and with it the
 * shell that is the namespaces' process 1, and with that everything else.
 */
export const enter = async (id: string, command: readonly string[]): Promise<number> => {
  makeCgroup(id)
  const restore = keepKernelSettings()
  const code = await inNamespaces(id, command)
  const left = await clear(id)
  restore()
  for (const thing of left) process.stderr.write(`cluster: left behind: ${thing}\n`)
  return left.length > 0 ? 1 : code
}

const inNamespaces = async (id: string, command: readonly string[]): Promise<number> => {
  const unshare = ['unshare', '--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
  // The shell stays process 1 and reaps what containers leave; Node would not.
  const shell = ['sh', '-c', '"$@"; exit $?', 'sh', process.execPath, join(import.meta.dirname, 'up.ts'), ...command]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...unshare, ...shell], {
    env: { ...process.env, PODVAULT_CLUSTER: id },
    stdio: 'inherit',
  })
  const interrupt = () => child.kill('SIGKILL')
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt)
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 130
}
