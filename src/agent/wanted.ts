// PURE: all that the pod wants, from every secrets file, checked against each other.
import {
  type AgentConfig,
  type Entry,
  envFileOf,
  fileNamesOf,
  names,
  type OnChange,
  type SecretsFile,
} from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { member } from '../shape.ts'
import { neededKeys } from './formats.ts'
import type { SecretsSource } from './mounted.ts'
import { type Request, requestOf } from './requests.ts'
import { isTemplate } from './templates.ts'

export type WantedEntry = Entry & {
  /** Absent where there is nothing but templates that ask for themselves. */
  readonly request?: Request
  /** The name of its secrets file. */
  readonly file: string
  /** Everything of its secret is kept: a template may come to ask for what a variable asks for, too. */
  readonly whole?: boolean
  /** Where a template asks: the entry that is made with the answer. */
  readonly maker?: WantedEntry
}

export type WantedFile = { readonly name: string; readonly entries: readonly WantedEntry[] }

export type Wanted = {
  readonly files: readonly WantedFile[]
  readonly requests: ReadonlyMap<string, Request>
  /** Who asks, by request. */
  readonly askers: ReadonlyMap<string, readonly WantedEntry[]>
  /** Variables that the pod's environment refers to: their lines are for the kubelet to read. */
  readonly referred: ReadonlySet<string>
  /** What `timestamp` gives, in milliseconds since 1970: when something of the files changed last. */
  readonly now: number
  /** The same without what templates ask for; absent where nothing has been asked yet. */
  readonly declared?: Wanted
}

export const inlineSource = 'the inline secrets file'

/** Whether its templates stand in files that may change: then it is read like a mounted one, and comes with those. */
export const isFollowed = ({ entries }: SecretsFile): boolean =>
  entries.some(({ files }) => files.some(({ templateFile }) => templateFile !== undefined))

/**
 * @param mounted what the mounted ConfigMaps say, and the inline files that are followed
 * @throws PodvaultError `usage` when two of them claim the same name
 */
export const wantedOf = (config: AgentConfig, mounted: readonly SecretsSource[]): Wanted => {
  const inline = config.files.map(file => ({ ...file, source: inlineSource }))
  const sources = [...inline.filter(file => !isFollowed(file)), ...mounted]
  refuse(variableClaims(config, sources), config.duplicates)
  refuse(fileClaims(config, sources), config.duplicates)
  const whole = sources.some(({ entries }) => entries.some(hasTemplates))
  const files = sources.map(({ name, entries }) => ({
    name,
    entries: entries.map(entry => wantedEntry(entry, name, whole)),
  }))
  const all = files.flatMap(({ entries }) => entries)
  const asking = all.flatMap(entry => (entry.request === undefined ? [] : [{ entry, request: entry.request }]))
  const requests = new Map(asking.map(({ request }) => [request.id, request]))
  const askers = new Map<string, WantedEntry[]>()
  for (const { entry, request } of asking) askers.set(request.id, [...(askers.get(request.id) ?? []), entry])
  const known = inline.flatMap(({ entries }) => entries.flatMap(({ env }) => env.map(({ name }) => name)))
  const own = config.token === 'env' ? [names.tokenVariable] : []
  const referred = [...own, ...known, ...config.mounted.flatMap(({ variables = [] }) => variables)]
  return { files, requests, askers, referred: new Set(config.env === 'auto' ? referred : []), now: 0 }
}

const wantedEntry = (entry: Entry, file: string, whole: boolean): WantedEntry => ({
  ...entry,
  ...(entry.path !== undefined && { request: requestOf(entry) }),
  file,
  ...(whole && { whole }),
})

/** Whether it has files that are made by templates. */
export const hasTemplates = ({ files }: Pick<Entry, 'files'>): boolean => files.some(isTemplate)

/** Where the token stands, where it is asked for. */
export const tokenFileOf = ({ token, folders }: AgentConfig): { readonly folder: string; readonly name: string } =>
  token === 'json'
    ? { folder: folders.token ?? folders.secrets, name: 'vault-token' }
    : { folder: folders.secrets, name: 'token' }

export const hasVariables = ({ entries }: Pick<SecretsSource, 'entries'>): boolean =>
  entries.some(({ env }) => env.length > 0)

/** The entries that ask for the same, of all files. */
export const askersOf = ({ askers }: Wanted, id: string): readonly WantedEntry[] => askers.get(id) ?? []

/** Whether everyone who asks can do without the secret. */
export const isOptional = (entries: readonly Entry[]): boolean =>
  entries.every(entry => entry.optional === true || entry.default !== undefined)

/** The keys that are needed of a secret; null: all of it. */
export const keysOf = (entries: readonly (Entry & Pick<WantedEntry, 'whole'>)[]): ReadonlySet<string> | null => {
  if (entries.some(({ whole }) => whole)) return null
  const single = entries.flatMap(({ files }) => files.map(({ format, key }) => (format === 'raw' ? key : undefined)))
  const keys = [...entries.flatMap(({ env }) => env.map(({ key }) => key)), ...single]
  return keys.every(key => key !== undefined) ? new Set(keys) : null
}

/** The keys without which the entry cannot be shown. */
export const requiredKeys = (entry: Entry): readonly string[] => {
  const keys = [...entry.env.map(({ key }) => key), ...entry.files.flatMap(neededKeys)]
  const { default: given = {} } = entry
  return entry.optional === true ? [] : keys.filter(key => member(given, key) === undefined)
}

/** What is to be done when something of the entry changes. */
export const hookOf = ({ onChange }: Pick<Entry, 'onChange'>, config: AgentConfig): OnChange | undefined =>
  onChange ?? config.onChange

/** `fixed`: ours, so that no choice between duplicates may touch it. */
type Claim = { readonly what: string; readonly place: string; readonly source: string; readonly fixed?: true }

const variableClaims = ({ token, env }: AgentConfig, sources: readonly SecretsSource[]): readonly Claim[] => [
  ...(env === 'variables'
    ? [
        {
          what: `variable ${names.leasesVariable}`,
          place: names.leasesVariable,
          source: 'podvault itself',
          fixed: true as const,
        },
      ]
    : []),
  ...sources.flatMap(({ source, entries }) =>
    entries.flatMap(entry => entry.env.map(({ name }) => ({ what: `variable ${name}`, place: name, source }))),
  ),
  ...(token === 'env'
    ? [{ what: `variable ${names.tokenVariable}`, place: names.tokenVariable, source: "the pod's own token" }]
    : []),
]

const fileClaim = (folder: string, name: string, source: string): Claim => ({
  what: `file ${name}`,
  place: `${folder}/${name}`,
  source,
})

const fileClaims = (config: AgentConfig, sources: readonly SecretsSource[]): readonly Claim[] => {
  const { folders, token } = config
  const { folder, name } = tokenFileOf(config)
  return [
    { ...fileClaim(folders.secrets, envFileOf(config), 'podvault itself'), fixed: true },
    ...(token === 'file' || token === 'json'
      ? [{ ...fileClaim(folder, name, "the pod's own token"), fixed: true as const }]
      : []),
    ...sources.flatMap(file => [
      ...(hasVariables(file) ? [fileClaim(folders.secrets, `${file.name}.json`, file.source)] : []),
      ...file.entries.flatMap(({ files }) =>
        files.flatMap(output =>
          fileNamesOf(output).map(each => fileClaim(output.folder ?? folders.secrets, each, file.source)),
        ),
      ),
    ]),
  ]
}

const refuse = (claims: readonly Claim[], duplicates: AgentConfig['duplicates']): void => {
  const owners = new Map<string, Claim>()
  for (const claim of claims) {
    const owner = owners.get(claim.place)
    if (owner !== undefined && (duplicates === undefined || owner.fixed === true))
      throw new PodvaultError('usage', `the ${claim.what} is given twice, by ${owner.source} and by ${claim.source}`, {
        hint: 'give one of them another name',
      })
    owners.set(claim.place, owner ?? claim)
  }
  for (const { place, what, source } of claims) {
    const above = [...place.matchAll(/\//g)].map(({ index }) => owners.get(place.slice(0, index)))
    const file = above.find(owner => owner !== undefined)
    if (file !== undefined)
      throw new PodvaultError('usage', `the ${what} of ${source} lies below the ${file.what} of ${file.source}`, {
        hint: 'a name is a file or a folder; give one of them another name',
      })
  }
}
