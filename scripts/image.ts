// npm run image: packs dist/app and this project's Node as dist/image.tar, an OCI archive, without Docker or a registry.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { bundle } from './bundle.ts'
import { nodeFlags } from './code-cache.ts'
import { ociArchive } from './oci.ts'
import { libraries, program } from './programs.ts'
import type { Entry } from './tar.ts'

const file = (path: string, content: Buffer): Entry => ({ kind: 'file', path, mode: 0o644, content })
const text = (path: string, content: string): Entry => file(path, Buffer.from(content))

/** Root certificates for a Vault with a public certificate; Node has its own, but SSL_CERT_FILE is what people know. */
const roots = (path = '/etc/ssl/certs/ca-certificates.crt'): readonly Entry[] =>
  existsSync(path) ? [file(path.slice(1), readFileSync(path))] : []

/** What V8 made of podvault is another one in each build, and so has a layer of its own: the others stay the same. */
const isCache = (name: string): boolean => name.endsWith('.cache')

const app = (isMeant: (name: string) => boolean): readonly Entry[] =>
  readdirSync('dist/app', { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && isMeant(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .map(path => file(path.replace(/^dist\/app/, 'app'), readFileSync(path)))

const runtime: readonly Entry[] = [
  program(process.execPath, 'usr/bin/node'),
  ...libraries(process.execPath),
  ...roots(),
  text('etc/passwd', 'root:x:0:0:root:/:/sbin/nologin\npodvault:x:65532:65532:podvault:/:/sbin/nologin\n'),
  text('etc/group', 'root:x:0:\npodvault:x:65532:\n'),
  { kind: 'folder', path: 'tmp', mode: 0o1777 },
]

await bundle()
const image = ociArchive({
  name: 'localhost/podvault:dev',
  layers: [runtime, app(name => !isCache(name)), app(isCache)],
  config: {
    Entrypoint: ['/usr/bin/node', ...nodeFlags, '/app/podvault.cjs'],
    Env: ['PATH=/usr/bin'],
    User: '65532:65532',
    WorkingDir: '/app',
  },
})
writeFileSync('dist/image.tar', image)
process.stderr.write(`dist/image.tar: localhost/podvault:dev, ${Math.round(image.length / 1e6)} MB\n`)
