import type { Pod } from '../../inject/pod.ts'
import type { Texts } from '../../inject/settings.ts'
import { isTrue, translationOf } from './bank-vaults-settings.ts'
import { changesOf, type ConfigMaps, type Place, placesIn, rewritten } from './bank-vaults-places.ts'
import type { Finding, Stage } from './finding.ts'
import { parseValue, plainPath, type Reference, variableOf } from './references.ts'
import { audienceHand, putThem, suggested, tried, type WantedSecret, withoutOwn } from './suggestion.ts'

/** Of vault-secrets-webhook, and of its successor. */
export const prefixes = ['vault.security.banzaicloud.io/', 'secrets-webhook.security.bank-vaults.io/'] as const

/** What a pod that bank-vaults changes becomes; undefined where it asks for nothing. */
export const fromBankVaults = (stage: Stage, configMaps: ConfigMaps): Finding | undefined => {
  const { pod } = stage
  const said = saidIn(pod)
  const found = placesIn(pod, configMaps)
  const asks = said.some(({ key }) => key !== 'mutate') || found.length > 0
  if (!asks || said.some(({ key, value }) => key === 'mutate' && value === 'skip')) return undefined
  const translated = said.map(each => ({ ...each, ...translationOf(each.key, each.value) }))
  const wishes = wishesIn(found)
  const secrets = secretsOf(wishes, said)
  const texts: Texts = {
    ...selection(pod, found),
    ...baseOf(pod, said),
    ...merged(translated),
    ...(wishes.token && { token: 'env' }),
  }
  const annotations = suggested(withoutOwn(texts, stage.settings.address), secrets)
  const { problems, notes, ...outcome } = tried(rewritten(pod, found), annotations, stage)
  const lacking = fromPaths(said).map(
    ({ path, file }) =>
      `the keys of ${path} are not known here: name those that the app wants as env, or let it source ${texts['path'] ?? '/vault/secrets'}/${file}`,
  )
  const judged = translated.flatMap(({ name, becomes, byHand }) => {
    if (becomes === undefined) return [`${name} is no annotation of bank-vaults that podvault knows`]
    return byHand === undefined ? [] : [`${name}: ${byHand}`]
  })
  return {
    tool: 'bank-vaults',
    ...outcome,
    better: [],
    notes: [...(texts['renew'] === 'false' ? [once] : []), ...notes],
    byHand: [putThem, ...audienceHand(texts), ...judged, ...wishes.problems, ...lacking, ...problems],
    settings: translated.map(({ name, becomes = 'unknown' }) => ({ setting: name, becomes })),
    annotations,
    changes: [
      ...changesOf(found),
      ...prefixes
        .filter(each => said.some(({ name }) => name.startsWith(each)))
        .map(each => `annotations ${each}…: remove`),
    ],
  }
}

const once =
  'read once, as vault-env does; without podvault.dev/renew: "false" the files follow Vault, and leases are renewed'

const merged = (translated: readonly { readonly annotations?: Texts }[]): Texts =>
  Object.fromEntries(translated.flatMap(({ annotations = {} }) => Object.entries(annotations)))

type Said = { readonly name: string; readonly key: string; readonly value: string }

const saidIn = ({ metadata }: Pod): readonly Said[] =>
  Object.entries<unknown>(metadata?.annotations ?? {}).flatMap(([name, value]) => {
    const prefix = prefixes.find(each => name.startsWith(each))
    if (prefix === undefined) return []
    // The successor calls vault-env secret-init.
    return [{ name, key: name.slice(prefix.length).replace(/^secret-init-/, 'vault-env-'), value: String(value) }]
  })

const valueOf = (said: readonly Said[], key: string): string | undefined => said.find(each => each.key === key)?.value

/** What holds in bank-vaults where nobody says anything. */
const baseOf = ({ spec }: Pod, said: readonly Said[]): Texts => ({
  ...(valueOf(said, 'token-auth-mount') === undefined && { role: spec?.serviceAccountName ?? 'default' }),
  ...(valueOf(said, 'vault-env-daemon') === undefined &&
    said.every(({ key }) => !key.includes('configmap')) && { renew: 'false' }),
})

type Wishes = {
  readonly variables: ReadonlyMap<string, Reference>
  readonly token: boolean
  readonly problems: readonly string[]
}

const wishesIn = (places: readonly Place[]): Wishes => {
  const variables = new Map<string, Reference>()
  const problems: string[] = []
  for (const { variable, container, parsed } of places) {
    const where = `${variable} of the container ${container}`
    if (parsed.kind === 'unreadable') problems.push(`${where}: ${parsed.why}`)
    for (const [name, reference] of namedIn(variable, parsed)) {
      const before = variables.get(name)
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(reference))
        problems.push(`${where} is another secret than in another container: give one of them another name`)
      else variables.set(name, reference)
    }
  }
  return { variables, token: places.some(({ parsed }) => parsed.kind === 'token'), problems }
}

const namedIn = (variable: string, parsed: Place['parsed']): readonly (readonly [string, Reference])[] => {
  if (parsed.kind === 'whole') return [[variable, parsed.reference]]
  if (parsed.kind !== 'inside') return []
  return parsed.parts.flatMap(part => (typeof part === 'string' ? [] : [[variableOf(part), part] as const]))
}

/** Those of one path are read once, so that user and password are of one lease. */
const secretsOf = ({ variables }: Wishes, said: readonly Said[]): readonly WantedSecret[] => {
  const optional = isTrue(valueOf(said, 'vault-ignore-missing-secrets')) && { optional: true as const }
  const secrets = new Map<string, WantedSecret>()
  for (const [name, { key, ...request }] of variables) {
    const id = JSON.stringify(request)
    secrets.set(id, { ...request, ...optional, env: { ...secrets.get(id)?.env, [name]: key } })
  }
  const files = fromPaths(said).map(({ path, version, file }) => ({
    path,
    ...(version !== undefined && { version }),
    ...optional,
    files: [{ name: file, format: 'env' }],
  }))
  return [...secrets.values(), ...files]
}

const fromPaths = (said: readonly Said[]) =>
  (valueOf(said, 'vault-env-from-path') ?? '')
    .split(',')
    .filter(text => text.trim() !== '')
    .map(text => {
      const path = plainPath(text.trim().replace(/#.*$/, ''))
      const version = /#(.+)$/.exec(text.trim())?.[1]
      const file = `${path.replace(/^.*\//, '')}.env`
      return { path, file, ...(version !== undefined && { version: Number(version) }) }
    })

/** The containers that ask, where these are not all. */
const selection = ({ spec }: Pod, places: readonly Place[]): Texts => {
  const asking = (list: Place['list']) => [
    ...new Set(places.filter(place => place.list === list).map(({ container }) => container)),
  ]
  const [app, init] = [asking('containers'), asking('initContainers')]
  const all = spec?.containers.length ?? 0
  return {
    ...(app.length > 0 && app.length < all && { containers: app.join(',') }),
    ...(init.length > 0 && { 'init-containers': init.join(',') }),
  }
}

/** Whether an object that is no pod has references of bank-vaults in it, which nobody will replace any more. */
export const hasReferences = (values: readonly string[]): boolean =>
  values.some(value => parseValue(value).kind !== 'plain')
