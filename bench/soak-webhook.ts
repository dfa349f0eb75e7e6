// The webhook as `podvault webhook` runs it, with the folder of its service account as the first word.
import process from 'node:process'
import { webhookAs } from '../src/webhook/run.ts'

const [, , folder = '', ...args] = process.argv
const { env, stdin, stdout, stderr } = process
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
await webhookAs(folder)({ env, stdin, stdout, stderr, stop: stop.signal }, args)
