// npm run test:cluster [-- COMMAND …]: prepares everything, then runs the cluster's tests, or COMMAND, in a cluster of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import process from 'node:process'
import { leftovers, makeCgroup, removeCgroup } from './leftovers.ts'
import { missing } from './prerequisites.ts'
import { buildServers } from './servers.ts'

const tests = ['tap', '--disable-coverage', '--jobs=4', '--timeout=300', 'test/cluster/*.test.ts']

const main = async (command: readonly string[]): Promise<number> => {
  const reason = missing()
  if (reason !== undefined) return leaveOut(reason)
  await buildServers()
  await finished(spawn('npm', ['run', '--silent', 'image'], { stdio: ['ignore', 2, 2] }), 'npm run image')
  const id = String(process.pid)
  makeCgroup(id)
  const code = await enter(id, command.length > 0 ? command : tests)
  await removeCgroup(id)
  const left = leftovers(id)
  for (const thing of left) process.stderr.write(`cluster: left behind: ${thing}\n`)
  return left.length > 0 ? 1 : code
}

const leaveOut = (reason: string): number => {
  const isCi = process.env['CI'] === 'true'
  process.stderr.write(
    `cluster: the tests on a real cluster are ${isCi ? 'required with CI=true' : 'left out'}: ${reason}\n`,
  )
  return isCi ? 1 : 0
}

/**
 * Runs a command in a cluster with network, mounts and processes of its own. When this process ends, however it does, the
 * kernel ends `unshare`, `unshare` ends the shell that is the namespaces' process 1, and the kernel everything else.
 */
const enter = async (id: string, command: readonly string[]): Promise<number> => {
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

const finished = async (child: ReturnType<typeof spawn>, what: string): Promise<void> => {
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${what} failed; its messages are above`)
}

const args = process.argv.slice(2)
process.exitCode = await main(args[0] === '--' ? args.slice(1) : args)
