// The settings of a cluster's webhook, to decide as it would about the pods of one namespace or of all.
import { secretsFileLabel } from '../inject/files.ts'
import type { Settings } from '../inject/settings.ts'
import { isRecord, listOf, member, objectOf, objectWith } from '../shape.ts'
import { version } from '../version.ts'
import { type Fact, factOf } from './facts.ts'
import { knownConfigMaps } from './known-config-maps.ts'
import type { Kubectl } from './kubectl.ts'
import { deploymentsOf, settingsIn, versionIn } from './live.ts'
import type { Known } from './offline.ts'
import { labels } from './selectors.ts'

export type LiveSettings = {
  readonly settings: Fact<Settings>
  /** Of the webhook, by their names, as far as they are known. */
  readonly flags: Readonly<Record<string, string>>
  /** By which a pod would be injected: that of the webhook, where its Deployment says it. */
  readonly version: string
}

/**
 * @param place which namespaces are meant, as kubectl takes it
 * @param read with what the command line says @throws PodvaultError `usage`
 */
export const liveSettings = async (
  kubectl: Kubectl,
  place: readonly string[],
  read: (known: Known) => Settings,
): Promise<LiveSettings> => {
  const list = deploymentsOf(kubectl)
  const [kubernetes, configMaps, deployed, made] = await Promise.all([
    factOf('', kubectl('version').then(versionIn)),
    factOf('', kubectl('get', 'configmaps', ...place, '--selector', `${secretsFileLabel}=true`)),
    factOf(
      'the settings of its webhook are unknown; --vault-address, --config and the like give them',
      list.then(async found => settingsIn(kubectl, found)),
    ),
    list.then(madeBy, () => version),
  ])
  const known = {
    ...('value' in kubernetes && { kubernetes: kubernetes.value }),
    ...('value' in configMaps && { configMap: knownConfigMaps([configMaps.value], '') }),
    ...('value' in deployed && deployed.value),
  }
  const settings = read(known)
  const isKnown = 'value' in deployed || settings.address !== undefined
  return {
    settings: isKnown ? { value: settings } : deployed,
    flags: known.flags ?? {},
    version: made,
  }
}

const deployments = objectOf({ items: listOf(objectOf({ metadata: objectWith({}, { labels }) })) })

const madeBy = (list: unknown): string => {
  const all = deployments(list, '').items.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/version'])
  return all.find(each => each !== undefined) ?? version
}

/** Labels of namespaces by their names. @param list as kubectl shows them */
export const namespacesIn = (list: unknown): ReadonlyMap<string, unknown> =>
  new Map(
    (isRecord(list) && Array.isArray(list['items']) ? list['items'] : []).map((each: unknown) => {
      const metadata = isRecord(each) ? member(each, 'metadata') : undefined
      return [isRecord(metadata) ? String(metadata['name']) : '', each]
    }),
  )
