import type { OutputFile } from '../contract.ts'
import { PodvaultError } from '../errors.ts'

/** @throws PodvaultError */
export const renderTemplate = (output: OutputFile, _data: Readonly<Record<string, unknown>>): string => {
  throw new PodvaultError('usage', `the file ${output.name} is made from a template, and this podvault renders none`, {
    hint: 'give it another format, or set podvault.dev/engine: vault-agent',
  })
}
