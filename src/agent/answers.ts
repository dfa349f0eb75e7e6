import { PodvaultError } from '../errors.ts'
import type { AgentConfig } from '../contract.ts'
import { withQuestions } from './questions.ts'
import { eachOf } from './read.ts'
import type { Request } from './requests.ts'
import type { Value } from './values.ts'
import type { Wanted } from './wanted.ts'

/** A request, by its id, and what was read; null: there is no such secret. */
type Read = { readonly id: string; readonly value: Value | null }

/** What is wanted, and what has been read of it. */
export type Answered<T extends Read> = { readonly wanted: Wanted; readonly held: readonly T[] }

export type Asking<T extends Read> = {
  readonly config: AgentConfig
  readonly signal: AbortSignal
  /** How many at a time. */
  readonly width?: number
  /** Reads one secret, for those who ask for it. @throws PodvaultError when it cannot be had */
  readonly ask: (request: Request, wanted: Wanted) => Promise<T>
}

/** Of questions that only an answer leads to. */
const mostRounds = 50

/**
 * Reads what is wanted, and then what the templates ask in view of it, until they ask for no more; what nobody asks for any
 * more is let go. A refusal counts where the secret is still asked for when everything else is known: before that, a
 * template may have gone a way that it does not go with all answers.
 * @throws PodvaultError of `ask`, or when the templates never stop asking
 */
export const answered = async <T extends Read>(
  { wanted: first, held: before }: Answered<T>,
  { config, signal, width, ask }: Asking<T>,
): Promise<Answered<T>> => {
  const refused = new Map<string, unknown>()
  let [wanted, held]: [Wanted, readonly T[]] = [first, before]
  for (let round = 0; round < mostRounds; round += 1) {
    wanted = withQuestions(config, wanted, new Map(held.map(({ id, value }) => [id, value])))
    const known = new Set(held.map(({ id }) => id))
    const open = [...wanted.requests.values()].filter(({ id }) => !known.has(id))
    const [refusal] = open.filter(({ id }) => refused.has(id))
    const next = open.filter(({ id }) => !refused.has(id))
    if (next.length === 0) {
      if (refusal !== undefined) throw refused.get(refusal.id)
      return { wanted, held: held.filter(({ id }) => wanted.requests.has(id)) }
    }
    const [asking, declared] = [wanted, wanted.declared ?? wanted]
    const read = (request: Request) =>
      ask(request, asking).catch((error: unknown) => {
        if (signal.aborted || declared.requests.has(request.id)) throw error
        refused.set(request.id, error)
      })
    const reads = await eachOf(next, read, width)
    held = [...held, ...reads.filter(each => each !== undefined)]
  }
  throw new PodvaultError('usage', `the templates still ask for more secrets after ${mostRounds} rounds`, {
    hint: 'a template asks for something new each time; let it ask for what stays the same',
  })
}
