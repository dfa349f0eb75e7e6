import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { Ajv } from 'ajv'
import t, { type Test } from 'tap'
import { sha256 } from '../scripts/digest.ts'
import { provenance } from '../scripts/provenance.ts'
import { version } from '../src/version.ts'
import { sources } from './fixtures/sources.ts'

t.setTimeout(300_000)

/** The sources in a folder of somebody's own. */
const checkOut = (t: Test, prefix: string, owner?: typeof nobody): string => {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const source of sources) cpSync(source, join(folder, source), { recursive: true })
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  return folder
}

const nobody = { uid: 65_534, gid: 65_534 }

/** Root may be anybody, who may not be allowed to read this checkout. */
const other =
  process.getuid?.() === 0 && spawnSync('test', ['-x', process.execPath], nobody).status === 0 ? nobody : undefined

type Builder = {
  readonly who?: typeof nobody | undefined
  readonly umask: string
  readonly env: Readonly<Record<string, string>>
}

/** npm run image, as somebody. @returns what it says */
const build = async (cwd: string, { who, umask, env }: Builder): Promise<string> => {
  // Without what the test runner would have each process do.
  const command = `unset NODE_OPTIONS; umask ${umask}; exec "$0" scripts/image.ts`
  const child = spawn('sh', ['-c', command, process.execPath], {
    cwd,
    ...who,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit')
  let said = ''
  for await (const chunk of child.stderr) said += String(chunk)
  const [code] = await ended
  if (code !== 0) throw new Error(said)
  return said
}

type Descriptor = { readonly digest: string }

/** Of an OCI archive. */
type Document = {
  readonly manifests: readonly Descriptor[]
  readonly layers: readonly Descriptor[]
  readonly config: Descriptor & { readonly Labels: Readonly<Record<string, string>> }
}

const from = (archive: string, path: string): Document =>
  JSON.parse(execFileSync('tar', ['xOf', archive, path], { encoding: 'utf8' }))

const blobOf = (digest: string): string => `blobs/sha256/${digest.replace('sha256:', '')}`

t.test('the same sources make the same image, whoever builds it, wherever and whenever', async t => {
  const one = checkOut(t, 'podvault-')
  const two = checkOut(t, 'podvault-in-a-folder-with-a-longer-name-', other)
  const path = String(process.env['PATH'])
  const first = await build(one, { umask: '022', env: { PATH: path } })
  // A second is the smallest step that dates in archives make.
  await setTimeout(1100)
  const env = { PATH: path, TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', HOME: '/nowhere', PADDING: 'x'.repeat(3000) }
  const second = await build(two, { who: other, umask: '077', env })
  t.equal(second, first)
  t.match(first, /^dist\/image\.tar: localhost\/podvault:dev, \d+ MB, sha256:[0-9a-f]{64}$/m)
  const [archive, again] = [one, two].map(folder => join(folder, 'dist/image.tar'))
  t.ok(readFileSync(archive ?? '').equals(readFileSync(again ?? '')))
  t.match(readFileSync(join(one, 'dist/app/agent.cjs'), 'utf8'), /^#!.*\n"use strict";/)
  await t.test('and it says what it is, what is in it and where it comes from', async t => says(t, one, first))
})

const says = async (t: Test, folder: string, said: string): Promise<void> => {
  const archive = join(folder, 'dist/image.tar')
  const [digest = ''] = /sha256:[0-9a-f]{64}/.exec(said) ?? []
  t.equal(from(archive, 'index.json').manifests[0]?.digest, digest)
  const manifest = from(archive, blobOf(digest))
  const { config } = from(archive, blobOf(manifest.config.digest))
  t.match(config.Labels, { 'org.opencontainers.image.version': version })
  const statement = JSON.parse(readFileSync(join(folder, 'dist/image.provenance.json'), 'utf8'))
  t.match(statement, {
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://slsa.dev/provenance/v1',
    subject: [{ name: 'localhost/podvault:dev', digest: { sha256: digest.slice('sha256:'.length) } }],
  })
  const { buildDefinition } = statement.predicate
  t.equal(buildDefinition.internalParameters.uncommittedChanges, null, 'there is no repository')
  const digestOf = (uri: string) =>
    buildDefinition.resolvedDependencies.find((each: { uri?: string }) => each.uri === uri)?.digest.sha256
  t.equal(digestOf('file:package-lock.json'), sha256(readFileSync('package-lock.json')))
  t.equal(digestOf('file:///usr/bin/node'), sha256(readFileSync(process.execPath)))
  const layer = execFileSync('tar', ['xOf', archive, blobOf(manifest.layers[1]?.digest ?? '')], { maxBuffer: 2 ** 28 })
  const bom = JSON.parse(execFileSync('tar', ['xO', 'app/sbom.cdx.json'], { input: layer, encoding: 'utf8' }))
  const node = bom.components.find((each: { name: string }) => each.name === '/usr/bin/node')
  t.match(node, {
    version: process.versions.node,
    hashes: [{ alg: 'SHA-256', content: digestOf('file:///usr/bin/node') }],
  })
  checkBom(t, bom)
  checkBom(t, JSON.parse(readFileSync(join(folder, 'dist/app/sbom.cdx.json'), 'utf8')))
  checkLicences(t, bom, execFileSync('tar', ['xO', 'app/THIRD-PARTY-LICENSES.txt'], { input: layer, encoding: 'utf8' }))
}

const schemas = 'node_modules/@cyclonedx/cyclonedx-library/res/schema'
const schema = (name: string) => JSON.parse(readFileSync(join(schemas, `${name}.SNAPSHOT.schema.json`), 'utf8'))

/** By CycloneDX's own schema. Formats of texts, like that of a URL, are left out: there is nothing of the kind in it. */
const checkBom = (t: Test, bom: { readonly components: readonly { readonly name: string }[] }): void => {
  const ajv = new Ajv({ strict: false, validateFormats: false })
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs'])
    ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`)
  const validate = ajv.compile(schema('bom-1.6'))
  t.ok(validate(bom), `it is CycloneDX: ${JSON.stringify(validate.errors)}`)
  t.notOk(validate({ ...bom, components: [{ name: 5 }] }), 'the schema refuses what is none')
  for (const name of ['fastify', 'yaml', 'pino', 'commander', 'ws'])
    t.ok(
      bom.components.some(each => each.name === name),
      `${name} is in it`,
    )
}

type Component = {
  readonly name: string
  readonly version: string
  readonly licenses?: readonly { readonly license: { readonly id: string } }[]
}

const checkLicences = (t: Test, bom: { readonly components: readonly Component[] }, text: string): void => {
  for (const { name, version: of, licenses } of bom.components)
    if (licenses !== undefined)
      t.ok(text.includes(`\n${name} ${of} (${licenses[0]?.license.id})\n`), `${name}'s licence is passed on`)
  t.match(text, /Permission is hereby granted, free of charge/)
}

t.test('a build from a repository says from which commit, and whether it was all of it', async t => {
  const built = { name: 'a', digest: 'sha256:b', programs: [] }
  const { predicate } = JSON.parse(provenance({ ...built, commit: { id: 'c0ffee', isChanged: true } }))
  t.match(predicate.buildDefinition, {
    internalParameters: { uncommittedChanges: true },
    resolvedDependencies: [{ name: 'source', digest: { gitCommit: 'c0ffee' } }],
  })
})

t.test('the image of the Dockerfile has the folders that are bundled', async t => {
  const copied = [...readFileSync('Dockerfile', 'utf8').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
    ([, each = '']) => each.split(' '),
  )
  for (const source of sources) t.ok(copied.includes(source), `${source} is copied`)
  t.ok(readdirSync('.').includes('Dockerfile'))
})
