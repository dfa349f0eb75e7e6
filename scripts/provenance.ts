import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { sha256 } from './digest.ts'
import type { FileEntry } from './tar.ts'

export type Built = {
  readonly name: string
  /** Of the image's manifest: `sha256:…`. */
  readonly digest: string
  readonly commit: Commit
  /** What was taken from the machine. */
  readonly programs: readonly FileEntry[]
}

/** Undefined where there is no repository. */
export type Commit = { readonly id: string; readonly isChanged: boolean } | undefined

/** The commit that is checked out, and whether it is all that was built. */
export const commitOf = (folder: string): Commit => {
  const git = (...args: readonly string[]) => spawnSync('git', ['-C', folder, ...args], { encoding: 'utf8' })
  const { status, stdout } = git('rev-parse', 'HEAD')
  return status === 0 ? { id: stdout.trim(), isChanged: git('status', '--porcelain').stdout !== '' } : undefined
}

/** Who says so; whoever builds for others says it with a name of theirs, and signs it. */
const builder = (): string => process.env['PODVAULT_BUILDER'] ?? 'https://podvault.dev/builders/unnamed'

/** Where an image comes from: https://slsa.dev/spec/v1.0/provenance in an in-toto statement, not signed. */
export const provenance = ({ name, digest, commit, programs }: Built): string => {
  const source = commit && { name: 'source', digest: { gitCommit: commit.id } }
  const lock = { uri: 'file:package-lock.json', digest: { sha256: sha256(readFileSync('package-lock.json')) } }
  const machine = programs.map(({ path, content }) => ({ uri: `file:///${path}`, digest: { sha256: sha256(content) } }))
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name, digest: { sha256: digest.slice('sha256:'.length) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://podvault.dev/builds/image/v1',
        externalParameters: { command: 'npm run image', node: process.versions.node },
        internalParameters: { uncommittedChanges: commit?.isChanged ?? null },
        resolvedDependencies: [...(source === undefined ? [] : [source]), lock, ...machine],
      },
      runDetails: { builder: { id: builder() } },
    },
  }
  return `${JSON.stringify(statement, undefined, 2)}\n`
}
