import { literalFor, valueFor } from './argument.ts'
import type { Functions } from './callable.ts'
import { TemplateError } from './errors.ts'
import type { Command, Pipe, Templates, Word } from './nodes.ts'
import { type Callable, cost, type Parameter, type Run, type Value } from './value.ts'
import { isTrue } from './kind.ts'
import { fieldOf } from './field.ts'

/** One execution. */
export type Machine = {
  readonly templates: Templates
  readonly functions: Functions
  readonly run: Run
  /** A key that a map lacks is an error. */
  readonly strict: boolean
}

export type Variable = { readonly name: string; value: Value }

/** What an expression sees. `piped`: what came through "|". */
export type Frame = { readonly machine: Machine; readonly variables: Variable[]; readonly dot: Value }

type Piped = { readonly value: Value } | undefined

const fail = (at: number, message: string): TemplateError => new TemplateError(message, at)

/** Sets the variables of the pipe, too; the caller drops them. */
export const evaluate = (frame: Frame, pipe: Pipe): Value => {
  let value: Value
  let piped: Piped
  for (const command of pipe.commands) {
    value = evaluateCommand(frame, command, piped) ?? undefined
    piped = { value }
  }
  for (const name of pipe.names)
    if (pipe.assigns) assign(frame.variables, name, value, pipe.at)
    else frame.variables.push({ name, value })
  return value
}

/** To the innermost variable of the name. */
export const assign = (variables: readonly Variable[], name: string, value: Value, at: number): void => {
  variableOf(variables, name, at).value = value
}

/** `=` is taken for a declaration while parsing, so there may be none. */
const variableOf = (variables: readonly Variable[], name: string, at: number): Variable => {
  const variable = variables.findLast(each => each.name === name)
  if (variable === undefined) throw fail(at, `the variable ${name} is not defined here`)
  return variable
}

const evaluateCommand = (frame: Frame, command: Command, piped: Piped): Value => {
  const [first, ...others] = command.words
  frame.machine.run.spend(1)
  if (first.kind === 'function') return callNamed(frame, first.name, first.at, others, piped)
  if ('fields' in first && first.fields.length > 0)
    return fields(frame, ownerOf(frame, first), first.fields, others, piped, first.at)
  if (others.length > 0 || piped !== undefined) throw fail(first.at, 'only a function takes arguments')
  return word(frame, first)
}

const variable = ({ variables }: Frame, { name, at }: { readonly name: string; readonly at: number }): Value =>
  variableOf(variables, name, at).value

/** What its fields are taken of. */
const ownerOf = (frame: Frame, each: Word & { readonly kind: 'field' | 'variable' | 'chain' }): Value =>
  each.kind === 'field' ? frame.dot : each.kind === 'chain' ? word(frame, each.of) : variable(frame, each)

/** A word without arguments. */
const word = (frame: Frame, each: Word): Value => {
  switch (each.kind) {
    case 'dot':
      return frame.dot
    case 'nil':
      throw fail(each.at, 'nil can only be an argument')
    case 'bool':
      return each.value
    case 'string':
      return each.text
    case 'number':
      if (each.value === undefined) throw fail(each.at, 'this number is too large for an int')
      return each.value
    case 'field':
    case 'variable':
    case 'chain':
      return fields(frame, ownerOf(frame, each), each.fields, [], undefined, each.at)
    case 'function':
      return callNamed(frame, each.name, each.at, [], undefined)
    case 'pipe':
      return evaluate(frame, each)
  }
}

const fields = (
  frame: Frame,
  from: Value,
  names: readonly string[],
  args: readonly Word[],
  piped: Piped,
  at: number,
): Value => {
  let value = from
  for (const [index, name] of names.entries()) {
    const last = index === names.length - 1
    const found = fieldOf(value, name, frame.machine.strict, at)
    if (isMethod(found)) value = call(frame, found.method, name, at, last ? args : [], last ? piped : undefined)
    else if (last && value !== undefined && (args.length > 0 || piped !== undefined))
      throw fail(at, `${name} is no function`)
    else value = found
  }
  return value
}

const isMethod = (found: unknown): found is { readonly method: Callable } =>
  typeof found === 'object' && found !== null && 'method' in found

const callNamed = (frame: Frame, name: string, at: number, args: readonly Word[], piped: Piped): Value => {
  const callable = frame.machine.functions[name]
  if (callable === undefined) throw fail(at, `the function ${name} is not supported`)
  if (name === 'and' || name === 'or') return shortCircuit(frame, name, at, args, piped)
  return call(frame, callable, name, at, args, piped)
}

const shortCircuit = (frame: Frame, name: 'and' | 'or', at: number, args: readonly Word[], piped: Piped): Value => {
  if (args.length === 0 && piped === undefined) throw fail(at, `${name} needs an argument`)
  let value: Value
  for (const each of args) {
    value = argument(frame, each, 'value')
    if (isTrue(value) === (name === 'or')) return value
  }
  return piped === undefined ? value : piped.value
}

const call = (
  frame: Frame,
  callable: Callable,
  name: string,
  at: number,
  words: readonly Word[],
  piped: Piped,
): Value => {
  const { parameters, rest } = callable
  const given = words.length + (piped === undefined ? 0 : 1)
  if (given < parameters.length || (rest === undefined && given > parameters.length))
    throw fail(at, `${name} takes ${rest === undefined ? '' : 'at least '}${parameters.length} arguments, not ${given}`)
  const type = (index: number): Parameter => (parameters[index] ?? rest) as Parameter
  const args = words.map((each, index) => argument(frame, each, type(index)))
  if (piped !== undefined) args.push(valueFor(piped.value, type(words.length), at))
  const { run } = frame.machine
  try {
    for (const arg of args) run.spend(cost(arg) >> 3)
    const result = callable.call(args, run)
    run.spend(cost(result))
    return result
  } catch (error) {
    if (error instanceof TemplateError && error.at === undefined) throw fail(at, `${name}: ${error.message}`)
    throw error
  }
}

const argument = (frame: Frame, each: Word, type: Parameter): Value => {
  if (each.kind === 'bool' || each.kind === 'string' || each.kind === 'number') return literalFor(each, type)
  return valueFor(each.kind === 'nil' ? undefined : word(frame, each), type, each.at)
}
