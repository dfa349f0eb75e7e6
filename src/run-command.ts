import type { Io } from './command.ts'
import type { Commands } from './commands.ts'
import { exitCodeOf, sentence } from './errors.ts'

/** Runs the command that the words name, to its exit code. Whatever goes wrong is one sentence, never a stack trace. */
export const runCommand = async (commands: Commands, io: Io, words: readonly string[]): Promise<number> => {
  const [name = '', ...args] = words
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  const program = io.program ?? 'podvault'
  try {
    // Loaded only for people who look for their way: the agent never does.
    if (command === undefined) return await (await import('./cli/usage.ts')).showUsage(commands, io, words)
    if (command.hasFlags === false && args.some(isHelp)) {
      io.stdout.write(`${program} ${name}: ${command.doc}. Its configuration is in PODVAULT_CONFIG.\n`)
      return 0
    }
    return await (
      await command.load()
    )(io, args)
  } catch (error) {
    io.stderr.write(`${[program, command === undefined ? '' : name].join(' ').trim()}: ${sentence(error)}\n`)
    return exitCodeOf(error)
  }
}

const isHelp = (word: string): boolean => word === '--help' || word === '-h'
