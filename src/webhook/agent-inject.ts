import type { Command } from '../command.ts'
import { webhook } from './run.ts'

/** What vault-k8s's chart starts in the place of a command: it says `2>&1` behind it, which no shell ever reads. */
export const agentInjectAs =
  (command: Command): Command =>
  async (io, args) =>
    command(
      io,
      args.filter(word => word !== '2>&1'),
    )

export const agentInject = agentInjectAs(webhook)
