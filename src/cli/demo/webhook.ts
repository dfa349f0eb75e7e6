import { type ChildProcess, spawn } from 'node:child_process'
import { request } from 'node:https'
import process from 'node:process'
import { createInterface } from 'node:readline'
import type { Io } from '../../command.ts'
import { PodvaultError } from '../../errors.ts'

export type DemoWebhook = { readonly process: ChildProcess; readonly address: string; readonly ca: string }

/** Starts `podvault webhook` on a free port, and reads from its log where it listens and whom to trust. */
export const startWebhook = async (args: readonly string[], io: Io): Promise<DemoWebhook> => {
  const all = [process.argv[1] ?? '', 'webhook', '--listen', '127.0.0.1:0', '--metrics-listen', '', ...args]
  const child = spawn(process.execPath, all, { env: io.env, stdio: ['ignore', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  for await (const line of createInterface(child.stdout)) {
    const { msg, address, caBundle } = JSON.parse(line) as { msg?: string; address?: string; caBundle?: string }
    if (msg !== 'listening' || address === undefined || caBundle === undefined) continue
    child.stdout.resume()
    return { process: child, address, ca: Buffer.from(caBundle, 'base64').toString() }
  }
  throw new PodvaultError('failed', `the webhook did not start: ${complaint.trim()}`)
}

/** Sends an AdmissionReview as the API server would. */
export const mutate = ({ address, ca }: DemoWebhook, review: unknown): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const url = new URL('/mutate', address.startsWith('https:') ? address : `https://${address}`)
    const sent = request(url, { ca, method: 'POST', headers: { 'Content-Type': 'application/json' } }, response => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text))
        else reject(new PodvaultError('failed', `the webhook answers with status ${response.statusCode ?? 0}: ${text}`))
      })
    })
    sent.on('error', reject)
    sent.end(JSON.stringify(review))
  })
