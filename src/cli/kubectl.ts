import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Io } from '../command.ts'
import { PodvaultError } from '../errors.ts'

/** Asks the cluster; gives what kubectl prints as JSON. */
export type Kubectl = (...args: readonly string[]) => Promise<unknown>

/** Gives what kubectl prints, as it is. @param input for its stdin */
export type KubectlText = (args: readonly string[], input?: string) => Promise<string>

type Around = Pick<Io, 'env' | 'stop'>

/**
 * The cluster as the caller sees it: kubectl finds it, and knows every way to log in.
 * @param common words that every call gets: `--context`, …
 */
export const kubectlIn = (around: Around, common: readonly string[]): Kubectl => {
  const text = kubectlTextIn(around, common)
  return async (...args) => {
    const printed = await text([...args, '--output', 'json'])
    try {
      return JSON.parse(printed)
    } catch (cause) {
      throw failure(cause)
    }
  }
}

/** As kubectlIn, for what kubectl does not print as JSON, and for what it reads. */
export const kubectlTextIn =
  ({ env, stop }: Around, common: readonly string[]): KubectlText =>
  async (args, input) => {
    try {
      const options = { env: { ...env }, signal: stop, maxBuffer: 256 * 2 ** 20 }
      const running = promisify(execFile)('kubectl', [...common, ...args], options)
      // Whoever does not read it says so by its exit code.
      running.child.stdin?.on('error', () => undefined).end(input)
      return (await running).stdout
    } catch (cause) {
      throw failure(cause)
    }
  }

const failure = (cause: unknown): PodvaultError => {
  const { code, stderr } = cause as { readonly code?: unknown; readonly stderr?: unknown }
  if (code === 'ENOENT') {
    const hint = 'install it, or give the manifest with --file'
    return new PodvaultError('failed', 'there is no kubectl on the PATH, by which podvault reads a cluster', {
      hint,
      cause,
    })
  }
  const said = typeof stderr === 'string' ? stderr.trim().split('\n').at(-1) : undefined
  return new PodvaultError(
    'failed',
    `kubectl failed: ${said === undefined || said === '' ? 'it says no more' : said}`,
    { cause },
  )
}
