import type { Command as Commander } from 'commander'
import type { Io } from '../command.ts'
import { type Manifest, readManifest } from './documents.ts'
import { readInputs } from './inputs.ts'
import { type Finder, knownTemplates, templatesFrom } from './workloads.ts'

type ManifestFlags = {
  readonly file?: readonly string[]
  readonly namespace?: string
  readonly podPath: readonly string[]
}

/** Adds the flags that say which manifests are meant, and where their pods are. */
export const withManifests = (command: Commander): Commander =>
  command
    .option('-f, --file <file...>', 'manifest or folder of manifests; `-` is stdin, which is read when none is named')
    .option('-n, --namespace <name>', 'namespace of live objects, and of those in manifests that name none')
    .option(
      '--pod-path <group/Kind=.path>',
      'where a further kind has its pod template, as example.com/Database=.spec.podTemplate; may be repeated',
      (text: string, before: readonly string[]) => [...before, text],
      [],
    )

export const finderOf = (flags: Commander): Finder => {
  const { namespace = 'default', podPath } = flags.opts<ManifestFlags>()
  return { namespace, templates: { ...knownTemplates, ...templatesFrom(podPath) } }
}

/** @throws PodvaultError `usage` */
export const manifestsOf = async (flags: Commander, io: Io): Promise<readonly Manifest[]> =>
  (await readInputs(flags.opts<ManifestFlags>().file ?? ['-'], io)).map(({ text, name }) => readManifest(text, name))
