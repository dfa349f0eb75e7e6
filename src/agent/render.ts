// PURE: from what was read to the files of the pod.
import { type AgentConfig, envFileOf, names } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { kubeletLine, shellLine } from './env-lines.ts'
import { fragmentOf } from './fragment.ts'
import type { Content, Place, Rendered, ShownToken, Values } from './values.ts'
import { hasVariables, tokenFileOf, type Wanted } from './wanted.ts'

/** All folders that files may be in, each once. */
export const foldersOf = (config: AgentConfig, wanted: Pick<Wanted, 'files'>): readonly string[] => {
  const outputs = wanted.files.flatMap(({ entries }) => entries.flatMap(({ files }) => files))
  const places = [
    config.folders.secrets,
    ...(config.token === 'json' ? [tokenFileOf(config).folder] : []),
    ...outputs.flatMap(({ folder }) => folder ?? []),
  ]
  return [...new Set(places)]
}

/** All files of the pod; their folders are there also when they are empty. @throws PodvaultError as fragmentOf */
export const render = (config: AgentConfig, wanted: Wanted, values: Values, token: ShownToken): Rendered => {
  const { folders, env, mode, duplicates } = config
  const rendered = new Map(foldersOf(config, wanted).map(folder => [folder, new Map<string, Content>()]))
  const put = ({ folder, name, ...content }: Place & Content): void => {
    const files = rendered.get(folder)
    const known = files?.get(name)
    // What a secrets file names is unique; what a template writes shows only now.
    if (duplicates === undefined && known !== undefined && !isSame(known, content))
      throw new PodvaultError('usage', `the file ${name} is made twice, by writeToFile in a template and otherwise`, {
        hint: 'give one of them another name',
      })
    if (duplicates !== 'overwrite' || files?.has(name) === false) files?.set(name, content)
  }
  const lines = new Map<string, string>()
  for (const file of wanted.files) {
    const fragments = file.entries.map(entry => fragmentOf(config, wanted, entry, values))
    const variables = fragments.flatMap(fragment => fragment.variables)
    for (const { name, line } of variables) if (duplicates !== 'overwrite' || !lines.has(name)) lines.set(name, line)
    const members = Object.fromEntries(variables.map(({ name, value }) => [name, value]))
    const content = `${JSON.stringify(members)}\n`
    if (hasVariables(file)) put({ folder: folders.secrets, name: `${file.name}.json`, content, mode })
    for (const each of fragments.flatMap(({ files }) => files)) put(each)
  }
  for (const each of tokenOf(config, token)) put(each)
  // Both grammars read it alike: a token has no quotes.
  if (config.token === 'env' && (duplicates !== 'overwrite' || !lines.has(names.tokenVariable)))
    lines.set(names.tokenVariable, kubeletLine(names.tokenVariable, token.value, 'the token as a file'))
  if (env === 'variables')
    lines.set(names.leasesVariable, shellLine(names.leasesVariable, token.leases?.join() ?? '', ''))
  const content = inOrder(lines, wanted, env === 'variables' ? 'export ' : '')
  if (env !== 'none' || config.token === 'env') put({ folder: folders.secrets, name: envFileOf(config), content, mode })
  return rendered
}

const isSame = (one: Content, other: Content): boolean =>
  one.content === other.content && one.encoding === other.encoding && one.mode === other.mode

/** What fileKeyRef reads comes first: the kubelet stops at what it cannot read. */
const inOrder = (lines: ReadonlyMap<string, string>, { referred }: Wanted, before: string): string => {
  const all = [...lines]
  const those = (ours: boolean) => all.filter(([name]) => referred.has(name) === ours).map(([, line]) => line)
  return [...those(true), ...those(false)].map(line => before + line).join('')
}

const tokenOf = (config: AgentConfig, token: ShownToken): readonly (Place & Content)[] => {
  if (config.token !== 'file' && config.token !== 'json') return []
  const content = config.token === 'file' ? token.value : kubernetesVaultToken(config, token)
  return [{ ...tokenFileOf(config), content, mode: config.mode }]
}

/** The file of kubernetes-vault: these five keys in this order, compact, and no newline. */
const kubernetesVaultToken = ({ vault }: AgentConfig, { value, accessor, seconds, renewable }: ShownToken): string =>
  JSON.stringify({ clientToken: value, accessor, leaseDuration: seconds, renewable, vaultAddr: vault.address })
