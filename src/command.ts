import type { Readable, Writable } from 'node:stream'

/** What a command may touch of its process. Given by main.ts, so that tests can give something else. */
export type Io = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  /** What it is called on the command line, where not `podvault`: `kubectl podvault`. */
  readonly program?: string
  /** Aborted by the first SIGTERM or SIGINT. */
  readonly stop: AbortSignal
}

/** Resolves to the exit code; throws PodvaultError for everything a person should read. */
export type Command = (io: Io, args: readonly string[]) => Promise<number>
