import process from 'node:process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ociArchive } from '../../scripts/oci.ts'
import type { Image } from '../../scripts/oci.ts'
import { libraries, program } from '../../scripts/programs.ts'
import type { Entry } from '../../scripts/tar.ts'
import { containerdSocket, run } from './place.ts'
import { postgresBin } from './postgres.ts'
import { execute } from './processes.ts'
import { bin } from './servers.ts'

/** Imports an image, or an archive of one, into the node's containerd. */
export const importImage = (image: Image | string): void => {
  const archive = typeof image === 'string' ? image : `${run}/image-${process.pid}.tar`
  if (typeof image !== 'string') writeFileSync(archive, ociArchive(image).archive)
  execute('ctr', '-a', containerdSocket, '-n', 'k8s.io', 'images', 'import', archive)
  if (typeof image !== 'string') rmSync(archive)
}

/** Keeps a pod's namespaces open. */
export const pauseImage = (): Image => ({
  name: 'test.local/pause:1',
  layers: [[compile('pause')]],
  config: { Entrypoint: ['/pause'] },
})

/** An app without a shell: shows a file and a variable, and the file again whenever it changes. */
export const showImage = (): Image => ({
  name: 'test.local/show:1',
  layers: [[compile('show')]],
  config: { Entrypoint: ['/show'] },
})

/** An app with a shell and a PostgreSQL client. */
export const shellImage = (): Image => {
  const psql = join(postgresBin(), 'psql')
  return {
    name: 'test.local/shell:1',
    layers: [
      [program('/bin/busybox', 'bin/busybox'), ...links],
      [program(psql, 'bin/psql'), ...libraries(psql)],
    ],
    config: { Entrypoint: ['/bin/sh', '-c'], Env: ['PATH=/bin'] },
  }
}

/** Vault as its own image has it, as far as Vault Agent needs it: a shell, and Vault. */
export const vaultImage = (): Image => ({
  name: `docker.io/${vaultImageName}`,
  layers: [
    [program('/bin/busybox', 'bin/busybox'), ...linksTo('sh', 'base64', 'touch', 'sleep')],
    [program(join(bin, 'vault'), 'bin/vault')],
  ],
  config: { Entrypoint: ['/bin/vault'], Env: ['PATH=/bin'] },
})

/** The one that the webhook gives to engine vault-agent; inside is the Vault that was built here. */
export const vaultImageName = 'hashicorp/vault:2.0.4'

const linksTo = (...applets: readonly string[]): readonly Entry[] =>
  applets.map(name => ({ kind: 'link', path: `bin/${name}`, target: 'busybox' }))

const links = linksTo('sh', 'cat', 'sleep', 'sha256sum', 'date', 'ls', 'id', 'stat', 'test', 'kill', 'wget')

const compile = (name: string): Entry => {
  const output = `${run}/programs/${name}`
  mkdirSync(`${run}/programs`, { recursive: true })
  execute('musl-gcc', '-static', '-Os', '-s', '-o', output, join(import.meta.dirname, 'programs', `${name}.c`))
  return program(output, name)
}
