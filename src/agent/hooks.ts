// When the app is told that something has changed. What it was told of stands in the state, so that a change is told once,
// also by a process that was killed between writing and telling.
import type { OnChange } from '../contract.ts'
import type { Agent } from './agent.ts'
import type { ShownToken, Values } from './values.ts'
import { shownOf } from './shown.ts'
import { hashOf, type Told } from './state.ts'
import type { Wanted } from './wanted.ts'

/**
 * The replicas of an app see a change of a shared secret within seconds of each other; spread over 5 s they do not reload
 * all at once. Longer would keep a new password waiting for no gain.
 */
const spread = 5000

type Outputs = {
  readonly wanted: Wanted
  readonly values: Values
  readonly token: ShownToken
  readonly told: readonly Told[]
  readonly running: boolean
}

/** What the app is to be told, and when. Before it runs there is nothing to tell: it finds everything in place. */
export const toldOf = ({ config, clock }: Pick<Agent, 'config' | 'clock'>, outputs: Outputs): readonly Told[] => {
  const { wanted, values, token, told, running } = outputs
  return shownOf(config, wanted, values, token).map(({ onChange, content }) => {
    const hash = hashOf(content)
    const known = told.find(each => sameHook(each.onChange, onChange))
    if (!running) return { onChange, hash, due: null, failures: 0 }
    if (known?.hash === hash) return known
    return { onChange, hash, due: known?.due ?? clock.now() + spread * clock.random(), failures: 0 }
  })
}

const sameHook = (one: OnChange, other: OnChange): boolean => JSON.stringify(one) === JSON.stringify(other)
