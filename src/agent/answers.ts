import { PodvaultError } from '../errors.ts'
import type { Agent } from './agent.ts'
import { withQuestions } from './questions.ts'
import { eachOf } from './read.ts'
import type { Request } from './requests.ts'
import { valuesOf } from './session.ts'
import type { Held, State } from './state.ts'
import type { Wanted } from './wanted.ts'

/** What is wanted, and what has been read of it. */
export type Answered = { readonly wanted: Wanted; readonly held: State['held'] }

/** Reads one secret, for those who ask for it. @throws PodvaultError when it cannot be had */
export type Ask = (request: Request, wanted: Wanted) => Promise<Held>

/** Of questions that only an answer leads to. */
const mostRounds = 50

/**
 * Reads what is wanted, and then what the templates ask in view of it, until they ask for no more; what nobody asks for any
 * more is let go. A refusal counts where the secret is still asked for when everything else is known: before that, a
 * template may have gone a way that it does not go with all answers.
 * @throws PodvaultError of `ask`, or when the templates never stop asking
 */
export const answered = async (
  { config, signal }: Pick<Agent, 'config' | 'signal'>,
  { wanted: first, held: before }: Answered,
  ask: Ask,
): Promise<Answered> => {
  const refused = new Map<string, unknown>()
  let [wanted, held] = [first, before]
  for (let round = 0; round < mostRounds; round += 1) {
    wanted = withQuestions(config, wanted, valuesOf({ held }))
    const known = new Set(held.map(({ id }) => id))
    const open = [...wanted.requests.values()].filter(({ id }) => !known.has(id))
    const [refusal] = open.filter(({ id }) => refused.has(id))
    const next = open.filter(({ id }) => !refused.has(id))
    if (next.length === 0) {
      if (refusal !== undefined) throw refused.get(refusal.id)
      return { wanted, held: held.filter(({ id }) => wanted.requests.has(id)) }
    }
    const [asking, declared] = [wanted, wanted.declared ?? wanted]
    const reads = await eachOf(next, request =>
      ask(request, asking).catch((error: unknown) => {
        if (signal.aborted || declared.requests.has(request.id)) throw error
        refused.set(request.id, error)
      }),
    )
    held = [...held, ...reads.filter(read => read !== undefined)]
  }
  throw new PodvaultError('usage', `the templates still ask for more secrets after ${mostRounds} rounds`, {
    hint: 'a template asks for something new each time; let it ask for what stays the same',
  })
}
