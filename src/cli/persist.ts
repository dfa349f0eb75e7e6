import type { Outcome } from '../vault/responses.ts'
import { passes } from '../vault/retry.ts'

/** How often and how patiently Vault is asked; chance and time are given from outside. */
export type Patience = {
  /** After the first attempt. */
  readonly retries: number
  /** Milliseconds before the first of them; twice as long before each further one. */
  readonly delay: number
  /** At least 0, below 1. */
  readonly random: () => number
  readonly sleep: (milliseconds: number) => Promise<unknown>
}

/** Asks again what may pass by itself, as vaultenv does: later and later, half of it chance. */
export const persist = async <T>(
  { retries, delay, random, sleep }: Patience,
  ask: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  let outcome = await ask()
  for (let failures = 0; outcome.kind !== 'ok' && passes(outcome) && failures < retries; failures += 1) {
    await sleep(delay * 2 ** failures * (0.5 + 0.5 * random()))
    outcome = await ask()
  }
  return outcome
}
