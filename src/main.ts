#!/usr/bin/env node
import process from 'node:process'
import type { Io } from './command.ts'
import { commands } from './commands.ts'
import { runCommand } from './run-command.ts'

/** Whoever reads the output may stop reading, as `head` does; that is no reason to complain. */
const quiet = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error
}

/** By the name it was started by: kubectl finds its plugins, and what completes them, by their names. */
const called = (path = ''): { readonly program: string; readonly words: readonly string[] } => {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name.startsWith('kubectl_complete-'))
    return { program: 'kubectl podvault', words: ['completion', 'kubectl', '--'] }
  return { program: name.startsWith('kubectl-') ? 'kubectl podvault' : 'podvault', words: [] }
}

const main = async (): Promise<void> => {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', quiet)
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  const [, path, ...args] = process.argv
  const { program, words } = called(path)
  const io: Io = {
    env: process.env,
    // Made when somebody asks: a stream for it costs a resident agent 1 MB.
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
    program,
    stop: stop.signal,
  }
  process.exitCode = await runCommand(commands, io, [...words, ...args])
}

// Not awaited: the image runs this as CommonJS, which takes 10 MB less than an ES module, and has no top-level await.
void main()
