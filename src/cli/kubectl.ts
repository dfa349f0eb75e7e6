import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Io } from '../command.ts'
import { PodvaultError } from '../errors.ts'

/** Asks the cluster; gives what kubectl prints as JSON. */
export type Kubectl = (...args: readonly string[]) => Promise<unknown>

/**
 * The cluster as the caller sees it: kubectl finds it, and knows every way to log in.
 * @param common words that every call gets: `--context`, …
 */
export const kubectlIn =
  ({ env, stop }: Pick<Io, 'env' | 'stop'>, common: readonly string[]): Kubectl =>
  async (...args) => {
    try {
      const options = { env: { ...env }, signal: stop, maxBuffer: 256 * 2 ** 20 }
      const { stdout } = await promisify(execFile)('kubectl', [...common, ...args, '--output', 'json'], options)
      return JSON.parse(stdout)
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
