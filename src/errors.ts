/** What went wrong, for scripts: every failure of a command has one of these names, and each name its exit code. */
export const exitCodes = {
  failed: 1,
  usage: 2,
  refused: 3,
  'vault-refused': 4,
  'vault-unreachable': 5,
} as const

export type ErrorCode = keyof typeof exitCodes

/**
 * A failure a person reads: one sentence that says what and where, and a hint that says what to do.
 * Neither ever carries a secret value.
 */
export class PodvaultError extends Error {
  override readonly name = 'PodvaultError'
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }
}

/** The one line a person sees for any error, ours or not; never a stack trace. */
export const sentence = (error: unknown): string => {
  if (error instanceof PodvaultError)
    return error.hint === undefined ? error.message : `${error.message}: ${error.hint}`
  return error instanceof Error ? error.message : String(error)
}

export const exitCodeOf = (error: unknown): number =>
  error instanceof PodvaultError ? exitCodes[error.code] : exitCodes.failed
