import { setTimeout as wait } from 'node:timers/promises'

/** Asks until the answer is yes; for what cannot be watched. Rejects after the given seconds. */
export const eventually = async (
  what: string,
  seconds: number,
  ask: () => Promise<boolean> | boolean,
): Promise<void> => {
  const deadline = Date.now() + seconds * 1000
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`)
    await wait(50)
  }
}
