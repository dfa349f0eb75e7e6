import type { Pod } from '../../inject/pod.ts'
import type { Settings, Texts } from '../../inject/settings.ts'
import { fromBankVaults, hasReferences } from './bank-vaults.ts'
import { type Migration, type Outcome, outcomeOf, type Stage } from './finding.ts'
import { isRecord, member } from '../../shape.ts'
import { operatorObjects } from './operator-objects.ts'
import { fromSecretsOperator, idleObjects } from './secrets-operator.ts'
import { fromVaultK8s } from './vault-k8s.ts'

/** A pod, or the template of one. */
export type Subject = Pick<Migration, 'kind' | 'namespace' | 'name'> & { readonly pod: Pod }

export type Migrated = {
  /** Of those that ask one of the tools. */
  readonly migrations: readonly Migration[]
  /** How many of them come to what. */
  readonly counts: Readonly<Record<Outcome, number>>
  /** Workloads that ask none of them. */
  readonly others: number
  /** What needs a hand besides, and is no workload. */
  readonly objects: readonly string[]
}

/** What becomes of workloads that ask an older tool. Pure: all is known from the documents. @param namespace of objects that name none */
export const migrate = (
  subjects: readonly Subject[],
  documents: readonly unknown[],
  settings: Settings,
  namespace: string,
): Migrated => {
  const operators = operatorObjects(documents, namespace)
  const plain = plainObjects(documents, namespace)
  const all = subjects.map(subject => {
    const stage: Stage = { ...subject, pod: fresh(subject.pod), settings }
    const configMaps = (name: string) =>
      plain.find(each => each.kind === 'ConfigMap' && each.namespace === subject.namespace && each.name === name)?.texts
    const findings = [
      fromVaultK8s(stage),
      fromBankVaults(stage, configMaps),
      fromSecretsOperator(stage, subject.name, operators),
    ].filter(finding => finding !== undefined)
    const { kind, name } = subject
    return { kind, namespace: subject.namespace, name, outcome: outcomeOf(findings), findings }
  })
  const migrations = all.filter(({ findings }) => findings.length > 0)
  const count = (outcome: Outcome) => migrations.filter(each => each.outcome === outcome).length
  return {
    migrations,
    counts: { 'as it is': count('as it is'), better: count('better'), 'by hand': count('by hand') },
    others: all.length - migrations.length,
    objects: [...idleObjects(operators, subjects), ...plain.filter(({ kind }) => kind === 'Secret').flatMap(referring)],
  }
}

/** A pod as it was before it ran: what is asked is what becomes of a new one. */
const fresh = (pod: Pod): Pod => {
  const { status: _, ...asked } = pod
  return asked
}

type Plain = { readonly kind: string; readonly namespace: string; readonly name: string; readonly texts: Texts }

/** ConfigMaps and Secrets, with their texts. */
const plainObjects = (documents: readonly unknown[], namespace: string): readonly Plain[] =>
  documents.flatMap((document): readonly Plain[] => {
    if (!isRecord(document)) return []
    const { kind, items, metadata, data, stringData } = document
    if (Array.isArray(items)) return plainObjects(items, namespace)
    if (kind !== 'ConfigMap' && kind !== 'Secret') return []
    const given = isRecord(metadata) ? metadata : {}
    const decode = (text: string) => (kind === 'Secret' ? Buffer.from(text, 'base64').toString() : text)
    const texts = { ...textsIn(data, decode), ...textsIn(stringData, text => text) }
    const place = member(given, 'namespace')
    return [
      { kind, namespace: typeof place === 'string' ? place : namespace, name: String(member(given, 'name')), texts },
    ]
  })

const textsIn = (values: unknown, decode: (text: string) => string): Texts =>
  Object.fromEntries(
    Object.entries(isRecord(values) ? values : {}).flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, decode(value)]] : [],
    ),
  )

const referring = ({ kind, namespace, name, texts }: Plain): readonly string[] => {
  const keys = Object.entries(texts).flatMap(([key, text]) => (hasReferences([text]) ? [key] : []))
  return keys.length === 0
    ? []
    : [
        `${kind} ${namespace}/${name} has references of bank-vaults in ${keys.join(', ')}: podvault writes no Secrets; let the pods that read it have them by a secrets file`,
      ]
}
