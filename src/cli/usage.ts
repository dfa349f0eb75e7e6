import type { Io } from '../command.ts'
import type { Commands } from '../commands.ts'
import { exitCodes, PodvaultError } from '../errors.ts'
import { nearest } from '../inject/nearest.ts'
import { quote } from '../inject/quote.ts'
import { runCommand } from '../run-command.ts'

/** For words that name no command: help where it is asked for, else what was perhaps meant. */
export const showUsage = async (commands: Commands, io: Io, [word, topic]: readonly string[]): Promise<number> => {
  const program = io.program ?? 'podvault'
  if (word === undefined) {
    io.stderr.write(usage(commands, program))
    return exitCodes.usage
  }
  if (word === '--version') return runCommand(commands, io, ['version'])
  if (word !== 'help' && word !== '--help' && word !== '-h') throw unknown(commands, program, word)
  if (topic === undefined) {
    io.stdout.write(usage(commands, program))
    return 0
  }
  if (!Object.hasOwn(commands, topic)) throw unknown(commands, program, topic)
  return runCommand(commands, io, [topic, '--help'])
}

const usage = (commands: Commands, program: string): string => {
  const names = Object.keys(commands)
  const width = Math.max(...names.map(({ length }) => length))
  const lines = Object.entries(commands).map(([name, { doc }]) => `  ${name.padEnd(width)}  ${doc}\n`)
  return `usage: ${program} COMMAND [--help]\n\n${lines.join('')}\n\`${program} help COMMAND\` shows flags and an example.\n`
}

const unknown = (commands: Commands, program: string, word: string): PodvaultError => {
  const near = nearest(word, Object.keys(commands))
  const hint = near === undefined ? `\`${program} help\` lists every one` : `did you mean ${near}?`
  return new PodvaultError('usage', `there is no command ${quote(word)}`, { hint })
}
