import { quote } from '../quote.ts'
import { annotations, prefix } from './annotations.ts'

/** Whether a pod asks in the language of vault-k8s, or what is wrong with what it says. Go has many ways of saying no. */
export const asksVaultK8s = (texts: Readonly<Record<string, unknown>>): boolean | string => {
  const name = `${prefix}agent-inject`
  const value = texts[name]
  if (value === undefined) return false
  const { kind } = annotations['agent-inject']
  if (typeof value !== 'string') return `${name} is no string; write its value in quotes`
  return kind.read(value) ?? `${name} is ${quote(value)}; allowed: ${kind.allowed}`
}
