import { templateVariables } from '../contract.ts'
import type { Command, Node, Pipe, Word } from './nodes.ts'
import type { Template } from './read.ts'
import { reasonOf } from './refused.ts'

/** Functions a template uses that consul-template has and we refuse, each once, with the reason. */
export const unsupported = (template: Template): readonly { readonly name: string; readonly reason: string }[] =>
  [...functionsIn(template)].flatMap(name => {
    const reason = reasonOf(name)
    return reason === undefined ? [] : [{ name, reason }]
  })

/** Names of the functions that a template uses. */
export const functionsIn = (template: Template): ReadonlySet<string> => {
  const names = new Set<string>()
  for (const { words } of commandsOf(template))
    for (const word of words) {
      const name = functionIn(word)
      if (name !== undefined) names.add(name)
    }
  return names
}

const functionIn = (word: Word): string | undefined =>
  word.kind === 'function' ? word.name : word.kind === 'chain' ? functionIn(word.of) : undefined

/** Variables that a template names and nobody shows it, as far as they stand there in words. */
export const foreignVariables = (template: Template): readonly string[] =>
  [...variablesIn(template)].filter(name => !(templateVariables as readonly string[]).includes(name))

const variablesIn = (template: Template): ReadonlySet<string> => {
  const names = new Set<string>()
  for (const { words } of commandsOf(template)) {
    const [first, name] = words
    const asks = first.kind === 'function' && ['env', 'envOrDefault', 'mustEnv'].includes(first.name)
    if (asks && name?.kind === 'string') names.add(name.text)
  }
  return names
}

/** All commands, those in parentheses included. */
function* commandsOf({ templates }: Template): Generator<Command> {
  for (const nodes of templates.values()) for (const node of nodes) yield* inNode(node)
}

function* inNode(node: Node): Generator<Command> {
  if ('pipe' in node && node.pipe !== undefined) yield* inPipe(node.pipe)
  if (!('body' in node)) return
  for (const each of [...node.body, ...(node.otherwise ?? [])]) yield* inNode(each)
}

function* inPipe(pipe: Pipe): Generator<Command> {
  for (const command of pipe.commands) {
    yield command
    for (const word of command.words) yield* inWord(word)
  }
}

function* inWord(word: Word): Generator<Command> {
  if (word.kind === 'pipe') yield* inPipe(word)
  if (word.kind === 'chain') yield* inWord(word.of)
}
