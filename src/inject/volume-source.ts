import type { Volume } from './pod.ts'

/** Where a volume has its files from, in words. */
export const sourceOf = (volume: Volume): string => {
  const { emptyDir, projected, configMap, secret } = volume
  if (emptyDir !== undefined) {
    const limit = emptyDir.sizeLimit === undefined ? '' : `, up to ${emptyDir.sizeLimit}`
    return `${emptyDir.medium === 'Memory' ? 'in memory' : 'on disk'}${limit}`
  }
  if (configMap !== undefined) return `ConfigMap ${configMap.name}`
  if (secret !== undefined) return `Secret ${secret.secretName}`
  if (projected === undefined) return String(Object.keys(volume).find(name => name !== 'name'))
  const token = projected.sources?.find(({ serviceAccountToken }) => serviceAccountToken !== undefined)
  if (token === undefined) return 'projected'
  const audience = token.serviceAccountToken?.audience
  return audience === undefined ? 'service account token' : `service account token for ${audience}`
}
