/** Why something did not work; the label of the metric that counts it. */
export const failureReasons = {
  login: 'Vault refused or did not answer a login',
  'token-renewal': 'the token could not be renewed',
  'token-lost': 'Vault does not know the token any more, or refuses it',
  'lease-renewal': 'a lease could not be renewed',
  read: 'a secret could not be read',
  write: 'what was read could not be written',
  hook: 'the app could not be told of a change',
  'secrets-file': 'a mounted secrets file could not be used',
  events: 'Vault could not be asked to say when a secret changes',
} as const

export type FailureReason = keyof typeof failureReasons

/** What is counted besides. */
export type Counted = 'logins' | 'token-renewals' | 'lease-renewals' | 'reads' | 'writes' | 'hooks' | 'events'

type Meaning = { readonly failure: FailureReason } | { readonly count: Counted } | undefined

const failure = <R extends FailureReason>(reason: R) => ({ failure: reason }) as const
const count = <C extends Counted>(what: C) => ({ count: what }) as const

/** Everything the agent says in its log, and what it counts as: whatever can fail is counted where it is said. */
export const logEvents = {
  retrying: failure('read'),
  'logged in': count('logins'),
  'logged in again': count('logins'),
  'login failed': failure('login'),
  'token renewed': count('token-renewals'),
  'token not renewed': failure('token-renewal'),
  'token lost': failure('token-lost'),
  'lease renewed': count('lease-renewals'),
  'lease not renewed': failure('lease-renewal'),
  read: count('reads'),
  'not read': failure('read'),
  gone: undefined,
  written: count('writes'),
  'not written': failure('write'),
  told: count('hooks'),
  'hook failed': failure('hook'),
  restarting: undefined,
  'secrets files changed': undefined,
  'secrets files unusable': failure('secrets-file'),
  ready: undefined,
  'not ready': undefined,
  'listening for changes': undefined,
  changed: count('events'),
  'not listening for changes': failure('events'),
  'metrics not served': undefined,
  'state too large': undefined,
  'state unusable': undefined,
  'config not understood': undefined,
  revoked: undefined,
  'not revoked': undefined,
} as const satisfies Readonly<Record<string, Meaning>>

export type LogEvent = keyof typeof logEvents
