// npm run test:cluster [-- COMMAND …]: prepares everything, then runs the cluster's tests, or COMMAND, in a cluster of its own.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import process from 'node:process'
import { enter } from './enter.ts'
import { missing } from './prerequisites.ts'
import { buildServers } from './servers.ts'

const tests = [
  'tap',
  '--disable-coverage',
  '--allow-incomplete-coverage',
  '--jobs=4',
  '--timeout=600',
  'test/cluster/*.test.ts',
]

const main = async (command: readonly string[]): Promise<number> => {
  const reason = missing()
  if (reason !== undefined) return leaveOut(reason)
  await buildServers()
  execFileSync('npm', ['run', '--silent', 'image'], { stdio: ['ignore', 2, 2] })
  return enter(randomBytes(4).toString('hex'), command.length > 0 ? command : tests)
}

const leaveOut = (reason: string): number => {
  const isRequired = process.env['CI'] === 'true'
  const outcome = isRequired ? 'cannot run, and CI=true requires them' : 'are left out'
  process.stderr.write(`cluster: the tests on a real cluster ${outcome}: ${reason}\n`)
  return isRequired ? 1 : 0
}

const args = process.argv.slice(2)
process.exitCode = await main(args[0] === '--' ? args.slice(1) : args)
