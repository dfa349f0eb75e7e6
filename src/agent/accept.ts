// PURE: which of the changes can be taken.
import type { AgentConfig } from '../contract.ts'
import { fragmentOf } from './fragment.ts'
import { Unanswered } from './template-files.ts'
import type { Values } from './values.ts'
import { askersOf, type Wanted, type WantedEntry } from './wanted.ts'

/** @throws as fragmentOf, but not where a template only asks for more */
const tryOut = (config: AgentConfig, wanted: Wanted, entry: WantedEntry, values: Values): void => {
  try {
    fragmentOf(config, wanted, entry, values)
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
  }
}

/**
 * Takes each change that leaves the files writable: one secret that cannot be carried must not hold back the others.
 * @returns the values to go on with, and what is wrong with the changes that were left out
 */
export const accept = (
  config: AgentConfig,
  wanted: Wanted,
  values: Values,
  changes: Values,
): { readonly values: Values; readonly problems: ReadonlyMap<string, unknown> } => {
  const accepted = new Map(values)
  const problems = new Map<string, unknown>()
  for (const [id, value] of changes) {
    const before = accepted.get(id)
    accepted.set(id, value)
    try {
      for (const entry of askersOf(wanted, id)) tryOut(config, wanted, entry.maker ?? entry, accepted)
    } catch (error) {
      problems.set(id, error)
      if (before === undefined) accepted.delete(id)
      else accepted.set(id, before)
    }
  }
  return { values: accepted, problems }
}
