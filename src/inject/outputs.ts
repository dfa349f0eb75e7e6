import { type Entry, fileNamesOf, fileStem, isTemplateKey, names } from '../contract.ts'
import { type Intent, prefix } from './annotations.ts'
import type { Files, KnownFile } from './files.ts'
import { quote } from './quote.ts'
import type { Problem } from './reasons.ts'

/** A variable of the pod's environment; `optional` where its secret may be missing. */
export type WantedVariable = { readonly name: string; readonly optional: boolean }

type Claim = { readonly name: string; readonly source: string; readonly optional: boolean }

const bad = (message: string): Problem => ({ reason: 'bad-secrets-file', message })

/** Every variable once: of two files that give the same one, env-duplicates says which is meant. */
export const variablesOf = (
  files: readonly KnownFile[],
  intent: Intent,
): { readonly variables: readonly WantedVariable[]; readonly problems: readonly Problem[] } => {
  const token = { name: names.tokenVariable, source: `${prefix}token`, optional: false }
  const claims = [
    ...files.flatMap(({ source, entries }) => entries.flatMap(entry => claimsOf(entry, source))),
    ...(intent.token === 'env' ? [token] : []),
    ...(intent.env === 'variables' ? [{ name: names.leasesVariable, source: `${prefix}env`, optional: false }] : []),
  ]
  const owners = new Map<string, Claim>()
  const problems: Problem[] = []
  for (const claim of claims) {
    const first = owners.get(claim.name)
    if (first !== undefined && intent['env-duplicates'] === 'error') problems.push(twice(claim, first))
    if (first === undefined || intent['env-duplicates'] === 'keep') owners.set(claim.name, claim)
  }
  const variables = [...owners.values()].map(({ name, optional }) => ({ name, optional }))
  return { variables, problems: [...problems, ...claims.flatMap(claim => nameProblems(claim, intent))] }
}

const claimsOf = ({ env, optional, default: fallback }: Entry, source: string): readonly Claim[] =>
  env.map(({ name, key }) => ({
    name,
    source,
    optional: optional === true && !(fallback !== undefined && Object.hasOwn(fallback, key)),
  }))

const twice = ({ name, source }: Claim, first: Claim): Problem =>
  bad(
    `the variable ${name} is given by ${first.source} and by ${source}; rename one, or let ${prefix}env-duplicates decide`,
  )

const nameProblems = ({ name }: Claim, { env }: Intent): readonly Problem[] => {
  const wayOut = 'give it another, as NAME=path#key'
  if (env === 'auto' && !/^[\x21-\x7e]+$/.test(name))
    return [bad(`Kubernetes has no variable named ${quote(name)}, only ASCII names; ${wayOut}`)]
  if ((env === 'file' || env === 'variables') && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return [bad(`no shell can set a variable named ${quote(name)}; ${wayOut}`)]
  return []
}

/** Two files of one name, or a file where another one needs a folder. */
export const outputProblems = ({ known, unknown }: Files, intent: Intent): readonly Problem[] => {
  if (intent['env-duplicates'] !== 'error') return []
  const claims = [
    ...known.flatMap(({ name, source, entries }) => [
      ...(entries.some(({ env }) => env.length > 0) ? [{ name: `${name}.json`, source }] : []),
      ...entries.flatMap(({ files }) => files.flatMap(fileNamesOf).map(each => ({ name: each, source }))),
    ]),
    // Whether they have variables is not known; two of them writing one file would be found too late.
    ...unknown.flatMap(({ name, key }) =>
      key === undefined || isTemplateKey(key)
        ? []
        : [{ name: `${fileStem(key)}.json`, source: `ConfigMap ${name}, key ${key}` }],
    ),
  ]
  return claims.flatMap(({ name, source }, index) => {
    const other = claims.slice(0, index).find(each => overlaps(each.name, name))
    if (other === undefined) return []
    const what = other.name === name ? `the file ${name} is` : `the files ${other.name} and ${name} are`
    return [bad(`${what} given by ${other.source} and by ${source}; rename one`)]
  })
}

const overlaps = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)
