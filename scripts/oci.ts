import { sha256 } from './digest.ts'
import { tar } from './tar.ts'
import type { Entry } from './tar.ts'

export type Image = {
  /** As containers name it: `localhost/podvault:dev`. */
  readonly name: string
  /** From what changes least to what changes most, so that a node keeps what it has. */
  readonly layers: readonly (readonly Entry[])[]
  readonly config: ImageConfig
}

type ImageConfig = {
  readonly Entrypoint: readonly string[]
  readonly User?: string
  readonly Env?: readonly string[]
  readonly WorkingDir?: string
  /** https://github.com/opencontainers/image-spec/blob/main/annotations.md */
  readonly Labels?: Readonly<Record<string, string>>
}

type Blob = { readonly mediaType: string; readonly digest: string; readonly size: number; readonly content: Buffer }

export type Packed = {
  /** As `ctr images import`, `docker load` and `skopeo` read it. */
  readonly archive: Buffer
  /** By which registries and pods know it: `sha256:…`. */
  readonly digest: string
}

/** Packs an image as an OCI archive. The same image gives the same bytes. */
export const ociArchive = (image: Image): Packed => {
  const layers = image.layers.map(entries => blob('layer.v1.tar', tar(withFolders(entries))))
  const config = json('config.v1+json', {
    architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch as string],
    os: 'linux',
    config: image.config,
    rootfs: { type: 'layers', diff_ids: layers.map(layer => layer.digest) },
  })
  const manifest = json('manifest.v1+json', {
    schemaVersion: 2,
    mediaType: `${vendor}.manifest.v1+json`,
    config: descriptor(config),
    layers: layers.map(descriptor),
  })
  const named = { 'io.containerd.image.name': image.name, 'org.opencontainers.image.ref.name': image.name }
  const blobs = new Map([manifest, config, ...layers].map(part => [part.digest, part]))
  const archive = tar([
    file('oci-layout', { imageLayoutVersion: '1.0.0' }),
    file('index.json', { schemaVersion: 2, manifests: [{ ...descriptor(manifest), annotations: named }] }),
    ...[...blobs.values()].map(part => ({
      kind: 'file' as const,
      path: `blobs/sha256/${part.digest.slice('sha256:'.length)}`,
      mode: 0o644,
      content: part.content,
    })),
  ])
  return { archive, digest: manifest.digest }
}

const vendor = 'application/vnd.oci.image'

const blob = (type: string, content: Buffer): Blob => ({
  mediaType: `${vendor}.${type}`,
  digest: `sha256:${sha256(content)}`,
  size: content.length,
  content,
})

const json = (type: string, value: unknown): Blob => blob(type, Buffer.from(JSON.stringify(value)))

const descriptor = ({ mediaType, digest, size }: Blob) => ({ mediaType, digest, size })

const file = (path: string, value: unknown): Entry => ({
  kind: 'file',
  path,
  mode: 0o644,
  content: Buffer.from(JSON.stringify(value)),
})

/** Adds the folders the entries lie in, which some runtimes otherwise create with odd modes. */
const withFolders = (entries: readonly Entry[]): readonly Entry[] => {
  const known = new Set(entries.map(entry => entry.path))
  const parents = new Set(entries.flatMap(entry => ancestors(entry.path)))
  const missing = [...parents].filter(path => !known.has(path))
  return [...entries, ...missing.map(path => ({ kind: 'folder' as const, path, mode: 0o755 }))]
}

const ancestors = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, depth, names) => names.slice(0, depth + 1).join('/'))
