import type { Command, Node, Pipe, Word } from './nodes.ts'
import { reasonOf } from './refused.ts'
import { listRequest, pkiRequest, requestKey, secretRequest } from './request.ts'
import type { Template } from './template.ts'
import type { VaultRequest } from './value.ts'

export type Dependencies = {
  readonly requests: readonly VaultRequest[]
  /** Whether it may ask for more: paths that are only known while it runs. */
  readonly more: boolean
}

/** What a template can ask of Vault, as far as it stands there in words. */
export const dependenciesOf = (template: Template): Dependencies => {
  const requests = new Map<string, VaultRequest>()
  let more = false
  for (const command of commandsOf(template)) {
    const request = requestIn(command)
    if (request === 'unknown') more = true
    else if (request !== undefined) requests.set(requestKey(request), request)
  }
  return { requests: [...requests.values()], more }
}

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

/** All commands, those in parentheses included; `piped` tells whether something comes through "|". */
type Found = Command & { readonly piped: boolean }

function* commandsOf({ templates }: Template): Generator<Found> {
  for (const nodes of templates.values()) for (const node of nodes) yield* inNode(node)
}

function* inNode(node: Node): Generator<Found> {
  if ('pipe' in node && node.pipe !== undefined) yield* inPipe(node.pipe)
  if (!('body' in node)) return
  for (const each of [...node.body, ...(node.otherwise ?? [])]) yield* inNode(each)
}

function* inPipe(pipe: Pipe): Generator<Found> {
  for (const [index, command] of pipe.commands.entries()) {
    yield { ...command, piped: index > 0 }
    for (const word of command.words) yield* inWord(word, command)
  }
}

function* inWord(word: Word, command: Command): Generator<Found> {
  if (word.kind === 'pipe') yield* inPipe(word)
  if (word.kind === 'chain') yield* inWord(word.of, command)
  const alone = word.kind === 'function' && word !== command.words[0]
  if (alone || (word.kind === 'chain' && word.of.kind === 'function'))
    yield { at: word.at, words: [word.kind === 'chain' ? word.of : word], piped: false }
}

const requestIn = ({ words: [first, ...others], piped }: Found): VaultRequest | 'unknown' | undefined => {
  if (first.kind !== 'function' || !['secret', 'secrets', 'pkiCert'].includes(first.name)) return undefined
  const texts = others.map(word => (word.kind === 'string' ? word.text : undefined))
  if (piped || texts.includes(undefined)) return 'unknown'
  const [path = '', ...words] = texts.map(String)
  if (path === '') return undefined
  try {
    return first.name === 'secrets'
      ? listRequest(path)
      : first.name === 'secret'
        ? secretRequest([path, ...words])
        : pkiRequest([path, ...words])
  } catch {
    return undefined
  }
}
