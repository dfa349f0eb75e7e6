import type { Command } from '../command.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'
import { finderOf, manifestsOf, withManifests } from './manifest-flags.ts'
import { uninjectManifest } from './manifests.ts'
import { titleOf } from './workloads.ts'
import { withOutput, writeManifests } from './write-manifests.ts'

/** `podvault uninject`: the opposite of inject. */
export const uninject: Command = async (io, args) => {
  const command = commandLine(
    io,
    'uninject',
    'Takes away from manifests, or from live objects as kubectl shows them, exactly what podvault has added. What inject wrote comes back as it was, to the byte, but for aliases, which inject had to write out, and for null and ~, which come back as nothing.',
    'kubectl get pod web -o yaml | podvault uninject --diff',
  )
  const flags = parseFlags(withOutput(withManifests(command)), args)
  if (flags === undefined) return 0
  const finder = finderOf(flags)
  const manifests = await manifestsOf(flags, io)
  const files = manifests.map(before => ({ before, after: uninjectManifest(before, finder) }))
  const judged = files.flatMap(({ after }) => after.judged)
  io.stderr.write(judged.map(({ workload, verdict }) => `${titleOf(workload)}: ${verdict}\n`).join(''))
  writeManifests(flags, files, io)
  return 0
}
