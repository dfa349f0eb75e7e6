// npm run image: packs dist/app and this project's Node as dist/image.tar, an OCI archive, without Docker or a registry,
// and beside it where it comes from. The same sources on the same machine make the same image, to the digest.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { bundle } from './bundle.ts'
import { nodeFlags } from './code-cache.ts'
import { version } from '../src/version.ts'
import { ociArchive } from './oci.ts'
import { commitOf, provenance } from './provenance.ts'
import { libraries, program } from './programs.ts'
import { componentOf, fileComponentOf, sbom } from './sbom.ts'
import type { Entry, FileEntry } from './tar.ts'

const file = (path: string, content: Buffer): FileEntry => ({ kind: 'file', path, mode: 0o644, content })
const text = (path: string, content: string): Entry => file(path, Buffer.from(content))

/** Root certificates for a Vault with a public certificate; Node has its own, but SSL_CERT_FILE is what people know. */
const roots = (path = '/etc/ssl/certs/ca-certificates.crt'): readonly FileEntry[] =>
  existsSync(path) ? [file(path.slice(1), readFileSync(path))] : []

const app: (bom: string) => readonly Entry[] = bom =>
  readdirSync('dist/app', { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .map(path => file(path.replace(/^dist\/app/, 'app'), path === bomFile ? Buffer.from(bom) : readFileSync(path)))

const bomFile = 'dist/app/sbom.cdx.json'
const name = 'localhost/podvault:dev'

/**
 * What it runs on, from the machine that builds. Node may be run, and not read: Linux then shows a process's memory,
 * environment and files to root alone, and not to whoever runs as the same user in a process namespace that is shared.
 */
const programs = [
  { ...program(process.execPath, 'usr/bin/node'), mode: 0o711 },
  ...libraries(process.execPath),
  ...roots(),
]

const runtime: readonly Entry[] = [
  ...programs,
  text('etc/passwd', 'root:x:0:0:root:/:/sbin/nologin\npodvault:x:65532:65532:podvault:/:/sbin/nologin\n'),
  text('etc/group', 'root:x:0:\npodvault:x:65532:\n'),
  { kind: 'folder', path: 'tmp', mode: 0o1777 },
]

const packages = await bundle()
const { archive, digest } = ociArchive({
  name,
  layers: [runtime, app(sbom([...packages.map(componentOf), ...programs.map(fileComponentOf)]))],
  config: {
    Entrypoint: ['/usr/bin/node', ...nodeFlags, '/app/podvault.cjs'],
    Env: ['PATH=/usr/bin'],
    User: '65532:65532',
    WorkingDir: '/app',
    Labels: {
      'org.opencontainers.image.title': 'podvault',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    },
  },
})
writeFileSync('dist/image.tar', archive)
writeFileSync('dist/image.provenance.json', provenance({ name, digest, commit: commitOf(process.cwd()), programs }))
process.stderr.write(`dist/image.tar: ${name}, ${Math.round(archive.length / 1e6)} MB, ${digest}\n`)
