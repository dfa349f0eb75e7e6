import { readFileSync } from 'node:fs'
import type { AgentInject } from './agent-inject-variables.ts'
import { type Environment, type Flags, readConfig, type WebhookConfig } from './config.ts'
import type { Kept } from './keep.ts'

/**
 * The configuration, read anew when the operator's file, or one that is named in it, has another content.
 * @throws PodvaultError `usage` when it cannot be used to begin with
 */
export const configSource = (flags: Flags, env: Environment, variables?: AgentInject): Kept<WebhookConfig> => {
  let files = new Map<string, string>()
  const load = (): WebhookConfig => {
    const read = new Map<string, string>()
    const loaded = readConfig(flags, env, variables, path => {
      const text = readFileSync(path, 'utf8')
      read.set(path, text)
      return text
    })
    files = read
    return loaded
  }
  let current = load()
  let isBroken = false
  return {
    current: () => current,
    renewed: () => {
      // Once broken, the files of before are news as well.
      if (!isBroken && [...files].every(([path, text]) => textAt(path) === text)) return undefined
      isBroken = true
      current = load()
      isBroken = false
      return current
    },
  }
}

const textAt = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It is read once more, for the sentence.
    return undefined
  }
}
