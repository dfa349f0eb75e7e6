import { readFileSync } from 'node:fs'
import process from 'node:process'
import { version } from '../src/version.ts'
import { sha256 } from './digest.ts'
import type { FileEntry } from './tar.ts'
import type { Package } from './third-party.ts'

/** https://cyclonedx.org/docs/1.6/json/#components */
export type Component = Readonly<Record<string, unknown>> & { readonly name: string }

type Lock = { readonly packages: Readonly<Record<string, { readonly integrity?: string }>> }

/** A library, with the digest that the lock file has of its archive. */
export const componentOf = ({ folder, name, version: of, licence }: Package): Component => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
  const purl = `pkg:npm/${name.replace('@', '%40')}@${of}`
  const [algorithm, digest = ''] = packages[folder]?.integrity?.split('-') ?? []
  if (algorithm !== 'sha512') throw new Error(`package-lock.json has no digest of ${folder}`)
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version: of,
    purl,
    licenses: [{ license: { id: licence } }],
    hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }],
  }
}

/** A file that is in the image beside podvault: Node, and what Node needs. */
export const fileComponentOf = ({ path, content }: FileEntry): Component => ({
  type: 'file',
  'bom-ref': `/${path}`,
  name: `/${path}`,
  ...(path === 'usr/bin/node' && { version: process.versions.node }),
  hashes: [{ alg: 'SHA-256', content: sha256(content) }],
})

/** What podvault is made of, in CycloneDX. Without a date and a serial number: the same parts make the same text. */
export const sbom = (components: readonly Component[]): string => {
  const purl = `pkg:npm/podvault@${version}`
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': purl,
        name: 'podvault',
        version,
        purl,
        licenses: [{ license: { id: 'Apache-2.0' } }],
      },
    },
    components,
  }
  return `${JSON.stringify(bom, undefined, 2)}\n`
}
