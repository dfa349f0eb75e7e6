import { PodvaultError, sentence } from '../errors.ts'
import type { Agent } from './agent.ts'
import { answered } from './answers.ts'
import { bearerOf, write } from './keep-going.ts'
import { readMounted, type SecretsSource } from './mounted.ts'
import { withQuestions } from './questions.ts'
import { isMissing } from './read.ts'
import { wordsOf } from './refusal.ts'
import { render } from './render.ts'
import type { Request } from './requests.ts'
import { covers, heldOf, type Session, valuesOf } from './session.ts'
import type { Held } from './state.ts'
import { askersOf, isOptional, type Wanted, wantedOf } from './wanted.ts'

/** Follows the mounted ConfigMaps. They are taken over as a whole or not at all: the last good files stay until then. */
export const keepFiles = async (agent: Agent, session: Session): Promise<Session> => {
  try {
    const mounted = await readMounted(agent.config)
    const same = JSON.stringify(mounted) === JSON.stringify(session.state.mounted)
    return same ? session : await takeOver(agent, session, mounted)
  } catch (error) {
    if (agent.signal.aborted) throw error
    agent.log('warn', 'secrets files unusable', { reason: sentence(error) })
    return session
  }
}

const takeOver = async (agent: Agent, session: Session, mounted: readonly SecretsSource[]): Promise<Session> => {
  const { token, held } = session.state
  const said = withQuestions(agent.config, wantedOf(agent.config, mounted), valuesOf(session.state))
  const kept = held.filter(each => said.requests.has(each.id) && covers(each, said))
  const bearer = bearerOf(agent, session)
  const paths: string[] = []
  const ask = async (request: Request, wanted: Wanted): Promise<Held> => {
    paths.push(request.path)
    const outcome = await session.reader.read(bearer, request)
    if (outcome.kind === 'ok') return heldOf(agent, wanted, request, outcome.value)
    if (isMissing(outcome) && isOptional(askersOf(wanted, request.id))) return heldOf(agent, wanted, request, null)
    throw new PodvaultError('failed', `${request.path} cannot be read: ${wordsOf(outcome)}`)
  }
  const answers = await answered({ wanted: said, held: kept }, { ...agent, ask })
  const state = { ...session.state, mounted, held: answers.held }
  // Throws for what the files cannot carry.
  render(agent.config, answers.wanted, valuesOf(state), token)
  agent.log('info', 'secrets files changed', { paths: paths.join(' ') })
  return write(agent, { ...session, wanted: answers.wanted, state })
}
