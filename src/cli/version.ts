import { arch, platform, version as node } from 'node:process'
import { Option } from 'commander'
import type { Command } from '../command.ts'
import { version as podvault } from '../version.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'

/** `podvault version`: what this build is made of. */
export const version: Command = async (io, args) => {
  const command = commandLine(io, 'version', 'Says what this build is made of.', 'podvault version --output json')
  const flags = parseFlags(
    command.addOption(new Option('-o, --output <format>', 'how to write it').choices(['text', 'json']).default('text')),
    args,
  )
  if (flags === undefined) return 0
  const facts = { version: podvault, node, platform: `${platform}-${arch}` }
  const asJson = flags.opts<{ readonly output: string }>().output === 'json'
  io.stdout.write(asJson ? `${JSON.stringify(facts)}\n` : `podvault ${podvault} (node ${node}, ${facts.platform})\n`)
  return 0
}
