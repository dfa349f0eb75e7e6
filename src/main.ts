#!/usr/bin/env node
import process from 'node:process'
import type { Command, Io } from './command.ts'
import { exitCodeOf, exitCodes, sentence } from './errors.ts'

/** Each command is imported only when asked for: the agent must not pay for the webhook's libraries. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  login: async () => (await import('./agent/run.ts')).login,
  renew: async () => (await import('./agent/run.ts')).renew,
  webhook: async () => (await import('./webhook/run.ts')).webhook,
  review: async () => (await import('./cli/review.ts')).review,
  inject: async () => (await import('./cli/inject.ts')).inject,
  certs: async () => (await import('./cli/certs.ts')).certs,
  demo: async () => (await import('./cli/demo.ts')).demo,
  version: async () => (await import('./cli/version.ts')).version,
}

const run = async (io: Io, [name = '', ...args]: readonly string[]): Promise<number> => {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) {
    const help = name === '--help' || name === '-h' || name === 'help'
    const usage = `usage: podvault COMMAND [--help], one of: ${Object.keys(commands).join(' ')}\n`
    ;(help ? io.stdout : io.stderr).write(usage)
    return help ? 0 : exitCodes.usage
  }
  try {
    return await (
      await load()
    )(io, args)
  } catch (error) {
    io.stderr.write(`podvault ${name}: ${sentence(error)}\n`)
    return exitCodeOf(error)
  }
}

/** Whoever reads the output may stop reading, as `head` does; that is no reason to complain. */
const quiet = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error
}

const main = async (): Promise<void> => {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', quiet)
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  const io: Io = {
    env: process.env,
    // Made when somebody asks: a stream for it costs a resident agent 1 MB.
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
    stop: stop.signal,
  }
  process.exitCode = await run(io, process.argv.slice(2))
}

// Not awaited: the image runs this as CommonJS, which takes 10 MB less than an ES module, and has no top-level await.
void main()
