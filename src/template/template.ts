import { bytesOf } from './bytes.ts'
import { functions } from './functions.ts'
import { LimitError, placeOf, TemplateError, type TemplateProblem } from './errors.ts'
import type { Machine } from './evaluate.ts'
import type { Template } from './read.ts'
import { requestKey } from './request.ts'
import { createScratch } from './scratch.ts'
import type { Digest, Run, Value, VaultRequest, WrittenFile } from './value.ts'
import { runTemplate } from './walk.ts'

/** What a template may look at. */
export type Sources = {
  /**
   * Vault's answer as its JSON body; null for an answer without one, undefined for a question nobody has asked yet. When
   * absent, nothing has been asked.
   */
  readonly answer?: (request: VaultRequest) => unknown
  readonly env: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly now: number
  /** For the functions that hash; without it they are an error. */
  readonly digest?: Digest
  /** What `.` is at the top; consul-template has nothing there. */
  readonly dot?: Value
}

export type Limits = {
  /** Of work: one for each command, and for 8 letters or so that are made. 2 million take half a second. */
  readonly steps: number
  /** Of the result, of any text on the way to it, and of all files it writes. */
  readonly bytes: number
}

export type Options = { readonly errorOnMissingKey?: boolean; readonly limits?: Limits }

export type Outcome =
  | {
      readonly kind: 'rendered'
      readonly contents: Uint8Array
      /** What `writeToFile` was asked for, in order. */
      readonly files: readonly WrittenFile[]
      /** All that was asked of Vault. */
      readonly requests: readonly VaultRequest[]
    }
  /** Vault must be asked before there is a result. Further rounds may ask for more. `asked`: also what has an answer. */
  | {
      readonly kind: 'missing'
      readonly requests: readonly VaultRequest[]
      readonly asked: readonly VaultRequest[]
    }
  | ({ readonly kind: 'failed'; readonly asked: readonly VaultRequest[] } & TemplateProblem)

export const defaultLimits: Limits = { steps: 2_000_000, bytes: 8 * 1024 * 1024 }

/** Renders a template. It neither throws nor waits nor touches anything; the same values give the same result. */
export const execute = (template: Template, sources: Sources, options: Options = {}): Outcome => {
  const work = start(template, sources, options)
  try {
    runTemplate(work.machine, '', sources.dot, work.write, 0, 0)
  } catch (error) {
    const problem = problemOf(template, error)
    return unfinished(work) ?? { kind: 'failed', asked: [...work.asked.values()], ...problem }
  }
  const contents = bytesOf(work.parts.join(''))
  return unfinished(work) ?? { kind: 'rendered', contents, files: work.files, requests: [...work.asked.values()] }
}

const unfinished = ({ missing, asked }: Work): Outcome | undefined =>
  missing.size === 0 ? undefined : { kind: 'missing', requests: [...missing.values()], asked: [...asked.values()] }

const problemOf = (template: Template, error: unknown): TemplateProblem => {
  if (error instanceof TemplateError) return { ...placeOf(template.text, error.at ?? 0), message: error.message }
  if (error instanceof RangeError) return { line: 1, column: 1, message: 'the template is too deep or makes too much' }
  throw error
}

type Work = {
  readonly machine: Machine
  readonly write: (text: string) => void
  readonly parts: string[]
  readonly files: WrittenFile[]
  readonly asked: Map<string, VaultRequest>
  readonly missing: Map<string, VaultRequest>
}

const start = (
  template: Template,
  sources: Sources,
  { errorOnMissingKey = false, limits = defaultLimits }: Options,
): Work => {
  const [parts, files]: [string[], WrittenFile[]] = [[], []]
  const [asked, missing] = [new Map<string, VaultRequest>(), new Map<string, VaultRequest>()]
  const values = new Map<string, Value>()
  const meter = createMeter(limits)
  const write = (text: string): void => {
    meter.output(text.length)
    parts.push(text)
  }
  let depth = 0
  const run: Run = {
    spend: meter.spend,
    room: meter.room,
    now: sources.now,
    env: sources.env,
    digest: sources.digest ?? noDigest,
    scratch: createScratch(),
    ask: (request, made) => {
      const key = requestKey(request)
      const answer = sources.answer?.(request)
      asked.set(key, request)
      if (answer === undefined) missing.set(key, request)
      else if (!values.has(key)) values.set(key, made(answer))
      return values.get(key)
    },
    include: (name, dot) => {
      const inner: string[] = []
      depth += 1
      runTemplate(machine, name, dot, text => inner.push(text), 10 * depth, 0)
      depth -= 1
      return inner.join('')
    },
    write: file => {
      meter.output(file.contents.length)
      files.push(file)
    },
  }
  const machine: Machine = { templates: template.templates, functions, run, strict: errorOnMissingKey }
  return { machine, write, parts, files, asked, missing }
}

const noDigest: Digest = () => {
  throw new TemplateError('there is nothing to hash with')
}

const createMeter = ({ steps, bytes }: Limits) => {
  let spent = 0
  let written = 0
  return {
    spend: (amount: number): void => {
      spent += amount
      if (spent > steps) throw new LimitError('the template works too long')
    },
    room: (letters: number): void => {
      if (letters > bytes) throw new LimitError(`the template makes a text of more than ${bytes} bytes`)
    },
    output: (letters: number): void => {
      written += letters
      if (written > bytes) throw new LimitError(`the template writes more than ${bytes} bytes`)
    },
  }
}
