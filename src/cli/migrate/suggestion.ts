import { stringify } from 'yaml'
import { prefix } from '../../inject/annotations.ts'
import { decide } from '../../inject/decide.ts'
import type { Pod } from '../../inject/pod.ts'
import type { Texts } from '../../inject/settings.ts'
import type { Finding, Stage } from './finding.ts'

/** A secret as a secrets file in YAML has it. */
export type WantedSecret = {
  readonly path: string
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly kv?: 'v1' | 'v2'
  readonly version?: number
  readonly optional?: true
  readonly env?: Texts
  readonly files?: readonly Readonly<Record<string, string>>[]
}

/** The annotation podvault.dev/secrets. */
export const secretsText = (secrets: readonly WantedSecret[]): string =>
  stringify({ secrets }, { lineWidth: 0, flowCollectionPadding: false, defaultStringType: 'PLAIN' })

/** The annotations by their full names, those that ask first. */
export const suggested = (texts: Texts, secrets: readonly WantedSecret[]): Texts =>
  Object.fromEntries(
    Object.entries({ inject: 'true', ...texts, ...(secrets.length > 0 && { secrets: secretsText(secrets) }) }).map(
      ([key, value]) => [prefix + key, value],
    ),
  )

/** What the webhook would say to the pod with them: which engine, and what is still wrong. */
export const tried = (
  pod: Pod,
  annotations: Texts,
  { namespace, settings }: Stage,
): Pick<Finding, 'engine' | 'notes'> & { readonly problems: readonly string[] } => {
  const given = { ...pod.metadata?.annotations, ...annotations }
  const decision = decide({ ...pod, metadata: { ...pod.metadata, annotations: given } }, namespace, settings)
  if (decision.kind === 'reject') return { notes: [], problems: decision.problems.map(({ message }) => message) }
  if (decision.kind === 'skip') return { notes: decision.warnings, problems: [] }
  return {
    engine: { name: decision.engine, because: 'all that its own annotations can ask for is done by its own agent' },
    notes: decision.warnings,
    problems: [],
  }
}

export const putThem = 'put the annotations below into the pod template, and make the changes behind them'

/** Without the operator's own address, which no pod has to name. */
export const withoutOwn = ({ address, ...texts }: Texts, own: string | undefined): Texts =>
  address === undefined || slashless(address) === slashless(own ?? '') ? texts : { ...texts, address }

const slashless = (address: string): string => address.replace(/\/+$/, '')

/** podvault's tokens are for Vault alone, which a role must be told. */
export const audienceHand = ({
  role = '',
  audience,
  auth = 'kubernetes',
  'auth-path': path = auth,
}: Texts): readonly string[] =>
  audience !== undefined || auth !== 'kubernetes'
    ? []
    : [
        `podvault's token is for Vault alone: make a role like ${role} that says so (vault write auth/${path}/role/NAME audience=vault …), or let podvault.dev/audience be the one of the API server`,
      ]
