import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'
import { run } from './place.ts'

export const chart = 'webhook-config/chart'

/** Runs Helm; what it keeps goes with the cluster. @throws Error with what it wrote to stderr */
export const helm = async (...args: readonly string[]): Promise<string> => {
  const homes = ['CACHE', 'CONFIG', 'DATA'].map(name => [`HELM_${name}_HOME`, `${run}/helm`])
  const env = { ...process.env, ...Object.fromEntries(homes) }
  return (await promisify(execFile)('helm', args, { env, maxBuffer: 64 * 2 ** 20 })).stdout
}

/** Values as words of Helm's command line. */
export const set = (values: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(values).map(([path, value]) => `--set-json=${path}=${JSON.stringify(value)}`)
