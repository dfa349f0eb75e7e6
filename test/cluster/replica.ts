// One replica of the webhook, as a pod of its own service account has it, by a clock that may be wrong.
import process from 'node:process'
import { webhookAs } from '../../src/webhook/run.ts'

const [folder = '', seconds = '0', ...args] = process.argv.slice(2)
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
const { env, stdin, stdout, stderr } = process
const now = () => new Date(Date.now() + Number(seconds) * 1000)
process.exitCode = await webhookAs(folder, now)({ env, stdin, stdout, stderr, stop: stop.signal }, args)
