import type { WatchStatus } from './informer.ts'

/** In sentences: what keeps the webhook from being ready, and what it does without. */
export type Readiness = { readonly missing: readonly string[]; readonly without: readonly string[] }

/**
 * Not ready before the ConfigMaps are known: a pod admitted without them would lack its variables. But where the API server
 * refuses to show them, waiting changes nothing, and pods are admitted with a warning. And not ready while the API server
 * does not trust our certificate, or we cannot tell it from others: it could not ask us.
 */
export const readinessOf = (
  watch: WatchStatus | undefined,
  untrusted: string | undefined,
  gate: string | undefined,
): Readiness => {
  const missing = [
    ...(untrusted === undefined ? [] : [`a certificate that the API server trusts: ${untrusted}`]),
    ...(gate === undefined ? [] : [gate]),
  ]
  if (watch === undefined || (watch.isSynced && watch.state !== 'refused')) return { missing, without: [] }
  const what = `the ConfigMaps with secrets files: ${watch.problem ?? 'not read yet'}`
  return watch.state === 'refused' ? { missing, without: [what] } : { missing: [...missing, what], without: [] }
}
