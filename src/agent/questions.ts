// PURE: what templates ask Vault for by themselves. An answer may lead to the next question.
import type { AgentConfig, OutputFile } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { isList } from '../vault/api.ts'
import type { Value, Values } from './values.ts'
import { type Request, requestFor } from './requests.ts'
import { type Made, isTemplate, makeTemplate } from './templates.ts'
import type { Wanted, WantedEntry } from './wanted.ts'

/** Of all templates of a pod together. */
const mostQuestions = 1000

/** What is wanted, with what the templates ask for now; what none of them asks for any more is gone. @throws PodvaultError */
export const withQuestions = (config: AgentConfig, wanted: Wanted, values: Values): Wanted => {
  const declared = wanted.declared ?? wanted
  const makers = declared.files.flatMap(({ entries }) =>
    entries.flatMap(entry => entry.files.filter(isTemplate).map(output => ({ entry, output }))),
  )
  if (makers.length === 0) return wanted
  const [requests, askers] = [new Map(declared.requests), new Map(declared.askers)]
  const before = requests.size
  for (const { entry, output } of makers.filter(({ entry: each }) => isShown(each, values)))
    for (const question of makeOutput(config, wanted, { entry, output }, values).asked) {
      const request = requestFor(question)
      requests.set(request.id, request)
      askers.set(request.id, [...(askers.get(request.id) ?? []), askerOf(entry, output, request)])
      if (requests.size - before > mostQuestions)
        throw new PodvaultError('usage', `the templates ask for more than ${mostQuestions} secrets`)
    }
  return { ...wanted, declared, requests, askers }
}

/** Before its own secret is there, nobody knows what a template comes to ask; without it there is no file. */
const isShown = ({ request, default: fallback }: WantedEntry, values: Values): boolean =>
  request === undefined || (values.get(request.id) ?? (values.has(request.id) ? fallback : undefined)) !== undefined

/** A list of names may be empty, which Vault says with a 404; a secret must be there. */
const askerOf = (maker: WantedEntry, output: OutputFile, request: Request): WantedEntry => ({
  path: request.path,
  env: [],
  files: [output],
  request,
  file: maker.file,
  whole: true,
  maker,
  ...(isList(request) && { optional: true }),
})

/** What the template of an entry makes of what is known. */
export const makeOutput = (
  config: AgentConfig,
  { now }: Pick<Wanted, 'now'>,
  { entry, output }: { readonly entry: WantedEntry; readonly output: OutputFile },
  values: Values,
): Made => {
  const own = entry.request === undefined ? undefined : values.get(entry.request.id)
  return makeTemplate(output, {
    env: config.place?.env ?? nothing,
    now,
    own,
    data: entry.request === undefined ? undefined : { ...entry.default, ...own?.data },
    value: question => values.get(requestFor(question).id),
    body: value => bodyOf(value as Value),
  })
}

const nothing: Readonly<Record<string, string>> = {}

/** The answer as Vault gave it. */
const bodyOf = ({ data, envelope, rest }: Value): unknown => ({
  ...rest,
  data: envelope === undefined ? data : { ...envelope, data },
})
