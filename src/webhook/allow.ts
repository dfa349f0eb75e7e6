import { type Node } from 'yaml'
import { address, type Kind, oneOf, word } from '../inject/kinds.ts'
import { quote } from '../inject/quote.ts'
import { type Allow, engines, safest } from '../inject/settings.ts'
import { imageName } from './setting-kinds.ts'
import type { YamlReader } from './yaml-reader.ts'

/** One thing that the operator may allow to pods, by the name of its rule. */
export type AllowRule = {
  readonly field: keyof Allow
  /** What the rule lists; a rule without says true or false. */
  readonly item?: Kind<unknown>
  /** What holds where the operator says nothing, as people would say it. */
  readonly default: string
  readonly doc: string
}

/** The only place a rule of `allow` is declared: the file's reader, the refusals' names and docs/settings.md follow it. */
export const allowRules = {
  addresses: {
    field: 'addresses',
    item: address,
    default: 'none',
    doc: "addresses of Vault that pods may choose besides the operator's own, and that it may redirect to",
  },
  images: {
    field: 'images',
    item: imageName,
    default: 'none',
    doc: "images of injected containers that pods may choose besides the operator's two",
  },
  engines: {
    field: 'engines',
    item: oneOf(...engines),
    default: engines.join(', '),
    doc: 'engines that pods may get',
  },
  'vault-namespaces': {
    field: 'vaultNamespaces',
    item: word('team-a'),
    default: 'any',
    doc: 'namespaces of Vault that pods may choose',
  },
  proxies: {
    field: 'proxies',
    item: word('http://proxy.example.com:3128'),
    default: 'any',
    doc: 'proxies that pods may put between them and Vault',
  },
  'own-ca': {
    field: 'ownCa',
    default: 'true',
    doc: 'pods may bring certificates and server names of Vault of their own',
  },
  'tls-skip-verify': {
    field: 'tlsSkipVerify',
    default: 'false',
    doc: "pods may turn off the verification of Vault's certificate",
  },
  'run-as-root': { field: 'runAsRoot', default: 'false', doc: 'injected containers may run as user 0' },
  'json-patch': {
    field: 'jsonPatch',
    default: 'false',
    doc: 'pods may change the injected containers by `agent-json-patch` and `agent-init-json-patch`',
  },
} as const satisfies Readonly<Record<string, AllowRule>>

/** Reads `allow`; what it does not say is as safe as it can be. */
export const readAllow = (node: Node | undefined, reader: YamlReader): Allow => {
  const rules: Readonly<Record<string, AllowRule>> = allowRules
  const said = reader.members(node, 'allow', Object.keys(rules)).flatMap(({ name, value }) => {
    // Keys that are no rule have been refused.
    const { field, item } = rules[name] as AllowRule
    const what = `allow.${name}`
    const read = item === undefined ? reader.truth(value, what) : listOf(value, what, item, reader)
    return read === undefined ? [] : [[field, read] as const]
  })
  return { ...safest, ...Object.fromEntries(said) }
}

const listOf = (node: Node, what: string, item: Kind<unknown>, reader: YamlReader): readonly unknown[] | undefined =>
  reader.items(node, what)?.map(each => {
    const text = reader.text(each, `each of ${what}`)
    if (text === undefined) return undefined
    return item.read(text) ?? reader.wrong(each, `${quote(text)} cannot stand in ${what}; allowed: ${item.allowed}`)
  })
