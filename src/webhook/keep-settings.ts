import type { Settings } from '../inject/settings.ts'
import type { Log } from '../log.ts'
import type { WebhookConfig } from './config.ts'
import { keep, type Kept, type Keeping } from './keep.ts'

/** What the operator's file cannot say. */
export type Surroundings = Pick<Settings, 'kubernetes' | 'configMap'>

export type LiveSettings = {
  /** Those that hold now: one value, replaced as a whole. */
  readonly current: () => Settings
  /** Replaces them whenever the operator's file changes, until it is told to stop. */
  readonly run: (keeping: Keeping) => Promise<void>
}

/** Says what there is to say at start. A file that cannot be used is reported, and the settings from before stay. */
export const liveSettings = (
  source: Kept<WebhookConfig>,
  surroundings: Surroundings,
  log: Log,
  reloaded: (isGood: boolean) => void,
): LiveSettings => {
  const { settings, fixed, notes } = source.current()
  for (const note of notes) log.warn(note)
  let current: Settings = { ...settings, ...surroundings }
  const use = (next: WebhookConfig): void => {
    current = { ...next.settings, ...surroundings }
    reloaded(true)
    log.info('the configuration has changed, and holds from the next review on')
    const late = Object.keys(fixed).filter(name => next.fixed[name] !== fixed[name])
    if (late.length > 0) log.warn(`changed in the operator's file, but holds after a restart only: ${late.join(', ')}`)
  }
  const complain = (message: string): void => {
    reloaded(false)
    log.error(`${message}; the settings from before stay in use`)
  }
  return { current: () => current, run: keeping => keep(source, keeping, use, complain) }
}
