import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Argument } from 'commander'
import type { Command, Io } from '../command.ts'
import type { Commands } from '../commands.ts'
import { commandLine, type Flag, parseFlags, tellFlags } from '../webhook/flags.ts'
import { candidates, type Completed, scripts } from './completion-scripts.ts'

/** `podvault completion`: a script for a shell, made of the table of commands and of each one's flags. */
export const completionOf =
  (commands: Commands): Command =>
  async (io, args) => {
    const command = commandLine(
      io,
      'completion',
      'Prints the script that makes a shell complete the commands and flags of podvault. `kubectl` answers what kubectl asks of a plugin.',
      'podvault completion bash > /etc/bash_completion.d/podvault',
    )
      .addArgument(new Argument('<shell>', 'for whom').choices([...Object.keys(scripts), 'kubectl']))
      .argument('[words...]', 'the words so far, for kubectl')
    const flags = parseFlags(command, args)
    if (flags === undefined) return 0
    const [shell = '', ...words] = flags.args
    const completed = await flagsOfAll(commands, io)
    const script = scripts[shell]
    io.stdout.write(script === undefined ? candidates(completed, words) : script(completed))
    return 0
  }

/** Asks every command for its flags. */
const flagsOfAll = (commands: Commands, io: Io): Promise<readonly Completed[]> =>
  Promise.all(
    Object.entries(commands).map(async ([name, { doc, load, hasFlags }]) => {
      if (hasFlags === false) return { name, doc, flags: [] }
      const stdout = new PassThrough()
      await (
        await load()
      )({ ...io, stdin: stdout, stdout }, [tellFlags])
      return { name, doc, flags: JSON.parse(await text(stdout.end())) as readonly Flag[] }
    }),
  )
