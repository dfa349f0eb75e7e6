import { basename, resolve } from 'node:path'
import process from 'node:process'
import { Option } from 'commander'
import { writeFiles } from '../agent/files.ts'
import { render as renderFiles } from '../agent/render.ts'
import type { Rendered } from '../agent/values.ts'
import { placeOf } from '../agent/templates.ts'
import { wantedOf } from '../agent/wanted.ts'
import type { Command } from '../command.ts'
import { type AgentConfig, fileStem } from '../contract.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'
import { revokeToken } from '../vault/api.ts'
import { readAll, tokenOf } from './read-secrets.ts'
import { askerOf, configFor, readSecretsFiles, withSecrets } from './secrets-command.ts'

type RenderFlags = { readonly out?: string; readonly env: AgentConfig['env']; readonly output: 'text' | 'json' }

/** `podvault render`: what the agent would write, here and now. */
export const render: Command = async (io, args) => {
  const command = commandLine(
    io,
    'render',
    'Logs in, reads and makes the files of secrets files, as the agent does in a pod. Says what they are called; what is in them it writes only to a folder.',
    'podvault render --secrets app.secrets --out /dev/shm/secrets',
  )
    .option('--out <folder>', 'where to write the files; without it they are made, and thrown away')
    .addOption(
      new Option('--env <how>', 'the annotation podvault.dev/env').choices(['auto', 'file', 'none']).default('auto'),
    )
    .addOption(new Option('-o, --output <format>', 'how to say it').choices(['text', 'json']).default('text'))
  const flags = parseFlags(withSecrets(command, {}), args)
  if (flags === undefined) return 0
  const { out, env, output } = flags.opts<RenderFlags>()
  const secrets = out === undefined ? '/vault/secrets' : resolve(out)
  const sources = await readSecretsFiles(flags, io, path => fileStem(basename(path)))
  const { login, ...asker } = askerOf(flags, io)
  // As files of the pod itself: in a pod these are the variables that go to its environment.
  const folders = { secrets, state: secrets }
  const place = placeOf(io.env, { uid: process.getuid?.(), gid: process.getgid?.() })
  const paths = { '/vault/secrets': secrets }
  const config = configFor(asker.vault.address, { files: sources, env, folders, place, paths })
  const wanted = { ...wantedOf(config, []), now: Date.now() }
  const token = await tokenOf(asker, login)
  try {
    const rendered = renderFiles(config, wanted, await readAll(asker, wanted, token.value, config), token)
    if (out !== undefined) writeFiles(rendered)
    io.stdout.write(output === 'json' ? `${JSON.stringify(listOf(rendered), null, 2)}\n` : textOf(rendered))
    return 0
  } finally {
    // Credentials that nobody has seen shall not live on.
    if (login.kind !== 'token' && out === undefined) await revokeToken(asker.vault, token.value, 5000)
    asker.vault.rest()
  }
}

type Listed = { readonly path: string; readonly mode: string }

const listOf = (rendered: Rendered): readonly Listed[] =>
  [...rendered].flatMap(([folder, files]) =>
    [...files].map(([name, { mode }]) => ({ path: `${folder}/${name}`, mode: mode.toString(8).padStart(4, '0') })),
  )

const textOf = (rendered: Rendered): string =>
  listOf(rendered)
    .map(({ path, mode }) => `${mode} ${path}\n`)
    .join('')
