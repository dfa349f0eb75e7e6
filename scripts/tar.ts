/** A file, folder or symbolic link of an archive. Everything belongs to root and carries the epoch as its date. */
export type Entry =
  | FileEntry
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }

export type FileEntry = {
  readonly kind: 'file'
  readonly path: string
  readonly mode: number
  readonly content: Uint8Array
}

const block = 512

/** Packs entries, sorted by path, as a ustar archive: the same entries give the same bytes on every machine. */
export const tar = (entries: readonly Entry[]): Buffer => {
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return Buffer.concat([...sorted.flatMap(pack), Buffer.alloc(2 * block)])
}

const pack = (entry: Entry): readonly Uint8Array[] => {
  if (entry.kind !== 'file') return [header(entry, 0)]
  const rest = entry.content.length % block
  return [header(entry, entry.content.length), entry.content, Buffer.alloc(rest === 0 ? 0 : block - rest)]
}

const header = (entry: Entry, size: number): Buffer => {
  const [prefix, name] = split(entry.kind === 'folder' ? `${entry.path}/` : entry.path)
  const bytes = Buffer.alloc(block)
  bytes.write(name, 0)
  bytes.write(octal(entry.kind === 'link' ? 0o777 : entry.mode, 8), 100)
  bytes.write(octal(0, 8), 108)
  bytes.write(octal(0, 8), 116)
  bytes.write(octal(size, 12), 124)
  bytes.write(octal(0, 12), 136)
  // The checksum is taken with its own field filled with blanks.
  bytes.write(' '.repeat(8), 148)
  bytes.write({ file: '0', link: '2', folder: '5' }[entry.kind], 156)
  if (entry.kind === 'link') bytes.write(entry.target, 157)
  bytes.write('ustar\u000000', 257)
  bytes.write(prefix, 345)
  bytes.write(
    `${octal(
      bytes.reduce((sum, byte) => sum + byte, 0),
      7,
    )}\u0000 `.slice(0, 8),
    148,
  )
  return bytes
}

const octal = (value: number, width: number): string => value.toString(8).padStart(width - 1, '0')

/** ustar has 100 bytes for a name, and 155 more for the folders before it. */
const split = (path: string): readonly [prefix: string, name: string] => {
  if (Buffer.byteLength(path) <= 100) return ['', path]
  const at = path.indexOf('/', path.length - 101)
  if (at < 1 || at > 155) throw new Error(`the path ${path} is too long for an image layer`)
  return [path.slice(0, at), path.slice(at + 1)]
}
