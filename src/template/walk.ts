import { TemplateError } from './errors.ts'
import { assign, evaluate, type Frame, type Machine, type Variable } from './evaluate.ts'
import { formatArgument } from './format-value.ts'
import type { Branch, Node } from './nodes.ts'
import { int64, isBoxed, type Run, type Value } from './value.ts'
import { integerOf, isTrue, pointed, sorted } from './kind.ts'

/** How a list of nodes was left. */
type Exit = 'break' | 'continue' | undefined

type Writer = (text: string) => void

/** Of templates in templates. */
const deepest = 400

/** Where a template writes, and how deep in others it is. */
type Walk = { readonly frame: Frame; readonly write: Writer; readonly depth: number }

/** Runs the template of this name and writes what it gives. */
export const runTemplate = (
  machine: Machine,
  name: string,
  dot: Value,
  write: Writer,
  depth: number,
  at: number,
): void => {
  const nodes = machine.templates.get(name)
  if (nodes === undefined) throw new TemplateError('there is no template of this name', at)
  if (depth > deepest) throw new TemplateError(`templates call one another more than ${deepest} deep`, at)
  walk({ frame: { machine, dot, variables: [{ name: '$', value: dot }] }, write, depth }, nodes)
}

const walk = (state: Walk, nodes: readonly Node[]): Exit => {
  for (const node of nodes) {
    const exit = step(state, node)
    if (exit !== undefined) return exit
  }
  return undefined
}

const step = (state: Walk, node: Node): Exit => {
  const { frame, write } = state
  switch (node.kind) {
    case 'text':
      frame.machine.run.spend(1)
      write(node.text)
      return undefined
    case 'action': {
      const value = evaluate(frame, node.pipe)
      if (node.pipe.names.length === 0) write(printed(frame.machine, value, node.at))
      return undefined
    }
    case 'if':
    case 'with':
      return scoped(frame.variables, () => choose(state, node))
    case 'range':
      return scoped(frame.variables, () => range(state, node))
    case 'template': {
      const dot = node.pipe === undefined ? undefined : evaluate(frame, node.pipe)
      runTemplate(frame.machine, node.name, dot, write, state.depth + 1, node.at)
      return undefined
    }
    case 'break':
    case 'continue':
      return node.kind
  }
}

/** Drops the variables that were set inside. */
const scoped = (variables: Variable[], inner: () => Exit): Exit => {
  const { length } = variables
  const exit = inner()
  variables.length = length
  return exit
}

const printed = ({ run }: Machine, value: Value, at: number): string => {
  if (typeof value === 'string') return value
  if (value === undefined) return '<no value>'
  try {
    return formatArgument(pointed(value), 'v', {}, run)
  } catch (error) {
    if (error instanceof TemplateError && error.at === undefined) throw new TemplateError(error.message, at)
    throw error
  }
}

const choose = (state: Walk, node: Branch): Exit => {
  const value = evaluate(state.frame, node.pipe)
  if (!isTrue(value)) return walk(state, node.otherwise ?? [])
  return walk(node.kind === 'with' ? { ...state, frame: { ...state.frame, dot: value } } : state, node.body)
}

const range = (state: Walk, node: Branch): Exit => {
  const { frame } = state
  const value = evaluate(frame, node.pipe)
  const depth = frame.variables.length
  let some = false
  for (const [index, item] of itemsOf(value, node, frame.machine.run)) {
    some = true
    frame.machine.run.spend(1)
    bind(frame.variables, node, index, item)
    const exit = walk({ ...state, frame: { ...frame, dot: item } }, node.body)
    frame.variables.length = depth
    if (exit === 'break') break
  }
  return some ? undefined : walk(state, node.otherwise ?? [])
}

const bind = (variables: Variable[], { pipe }: Branch, index: Value, item: Value): void => {
  const values = pipe.names.length > 1 ? [index, item] : [item]
  for (const [place, name] of pipe.names.entries()) {
    const variable = variables.at(place - pipe.names.length)
    if (pipe.assigns) assign(variables, name, values[place], pipe.at)
    else if (variable !== undefined) variable.value = values[place]
  }
}

const itemsOf = (value: Value, node: Branch, run: Run): Iterable<readonly [Value, Value]> => {
  const whole = integerOf(value)
  if (whole !== undefined) {
    if (node.pipe.names.length > 1) throw new TemplateError('a range over a number sets one variable', node.pipe.at)
    return numbers(value, whole)
  }
  if (value === undefined) return []
  if (isBoxed(value)) {
    if (value.kind === 'list') return listed(value.items)
    if (value.kind === 'map') {
      run.spend(value.entries.size)
      return sorted(value)
    }
    if (value.kind === 'channel') return received(value)
  }
  throw new TemplateError('range takes a list, a map or a number', node.pipe.at)
}

function* listed(items: readonly Value[]): Generator<readonly [Value, Value]> {
  for (const [index, item] of items.entries()) yield [BigInt(index), item]
}

function* numbers(value: Value, end: bigint): Generator<readonly [Value, Value]> {
  for (let each = 0n; each < end; each++) {
    yield [undefined, isBoxed(value) && value.kind === 'int' ? { ...value, value: each } : each]
  }
}

function* received(channel: { next: bigint; readonly stop: bigint }): Generator<readonly [Value, Value]> {
  for (let index = 0n; channel.next < channel.stop; index++) {
    const value = channel.next
    channel.next += 1n
    yield [index, int64(value)]
  }
}
