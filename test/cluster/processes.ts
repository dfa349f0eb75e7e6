import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { run } from './place.ts'

export type Running = { readonly name: string; readonly process: ChildProcess; readonly log: string }

/** Starts a server whose output goes to `logs/<name>`; whoever waits for it learns when it ends. */
export const start = (
  name: string,
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Running => {
  const log = `${run}/logs/${name}`
  const output = openSync(log, 'a')
  return { name, log, process: spawn(command, args, { cwd: run, ...options, stdio: ['ignore', output, output] }) }
}

/** Runs a command to its end and returns what it wrote. */
export const execute = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/**
 * Asks again and again until the answer is yes. For servers that have no other way to say that they are ready.
 * @throws Error with the end of the server's log when it has ended or takes longer than a minute
 */
export const until = async (what: string, server: Running, ask: () => Promise<boolean> | boolean): Promise<void> => {
  const deadline = Date.now() + 60_000
  while (!(await answers(ask))) {
    if (server.process.exitCode !== null || Date.now() > deadline)
      throw new Error(`${what}: it did not come. The end of ${server.name}'s log:\n${tail(server.log)}`)
    await wait(50)
  }
}

const answers = async (ask: () => Promise<boolean> | boolean): Promise<boolean> => {
  try {
    return await ask()
  } catch {
    return false
  }
}

const tail = (log: string): string => readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')
