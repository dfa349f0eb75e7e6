import { checkDefaults, prefix } from './annotations.ts'
import { quote } from './quote.ts'
import type { Problem } from './reasons.ts'
import type { Texts } from './settings.ts'
import { prefix as vaultK8s } from './vault-k8s/annotations.ts'
import { checkVaultK8sDefaults } from './vault-k8s/effective.ts'

/**
 * The operator's defaults for the annotations of both languages, checked like a pod's own.
 * @param texts by full name
 */
export const checkAnyDefaults = (texts: Texts): readonly Problem[] => {
  const names = Object.keys(texts)
  const only = (isMeant: (name: string) => boolean): Texts =>
    Object.fromEntries(names.filter(isMeant).map(name => [name, String(texts[name])]))
  return [
    ...checkDefaults(only(name => name.startsWith(prefix))),
    ...checkVaultK8sDefaults(only(name => name.startsWith(vaultK8s))),
    ...names.filter(name => name === `${prefix}status`).map(writtenBack),
    ...names.filter(name => !name.startsWith(prefix) && !name.startsWith(vaultK8s)).map(foreign),
  ]
}

const writtenBack = (name: string): Problem => ({
  reason: 'not-allowed',
  message: `${name} has no default: podvault writes it`,
})

const foreign = (name: string): Problem => ({
  reason: 'unknown-annotation',
  message: `${quote(name)} is no annotation of podvault; allowed are keys of ${prefix} with or without that prefix, and names of ${vaultK8s}`,
})
