import type { Program } from './find-program.ts'

/** What Node keeps behind a pipe or a terminal; a file has none. */
type Handle = { readonly setBlocking?: (on: boolean) => void } | null

/** The process that is to become another program; `process` itself, but in tests. */
export type Host = {
  readonly stdout: object
  readonly stderr: object
  readonly on: (signal: 'SIGPIPE' | 'SIGXFSZ', listener: () => void) => unknown
  readonly execve?: ((file: string, args: readonly string[], env: Record<string, string>) => never) | undefined
}

/**
 * Becomes the program: the same process, and nothing of ours in it. What Node has changed of the process would stay
 * changed: pipes that do not block, on which many a program loses output, and two signals that are ignored.
 * @returns false where the system knows no such thing
 */
export const replaceProcess = (
  host: Host,
  { file, words }: Program,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): boolean => {
  if (host.execve === undefined) return false
  for (const stream of [host.stdout, host.stderr]) block(stream)
  // The kernel keeps what is ignored, and gives back its own way to what is caught.
  for (const signal of ['SIGPIPE', 'SIGXFSZ'] as const) host.on(signal, () => undefined)
  return host.execve(file, [...words, ...args], env)
}

/** Node has no public way to say so. */
const block = (stream: object): void => {
  const { _handle: handle }: { readonly _handle?: Handle } = stream
  handle?.setBlocking?.(true)
}
