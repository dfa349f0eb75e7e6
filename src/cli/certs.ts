import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '../command.ts'
import { PodvaultError, sentence } from '../errors.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'
import { makeCertificates, webhookHosts } from '../webhook/make-certificates.ts'

type Options = {
  readonly dir: string
  readonly host: readonly string[]
  readonly namespace: string
  readonly days: string
  readonly force: boolean
}

/** `podvault certs`: a certificate authority and a server certificate by it, for development. */
export const certs: Command = async (io, args) => {
  const command = commandLine(
    io,
    'certs',
    'Makes a certificate authority and a server certificate for the webhook, for development.',
    'podvault certs --host host.docker.internal',
  )
  const flags = parseFlags(
    command
      .option('--dir <folder>', 'where ca.crt, ca.key, tls.crt and tls.key go', 'certs')
      .option('--host <name...>', 'further names and addresses under which the webhook is called', [])
      .option('--namespace <name>', 'namespace of its Service', 'podvault')
      .option('--days <number>', 'how long both are valid', '90')
      .option('--force', 'replace files that are there', false),
    args,
  )
  if (flags === undefined) return 0
  const { dir, host, namespace, days, force } = flags.opts<Options>()
  const certificates = makeCertificates(webhookHosts(namespace, host), new Date(), wholeDays(days))
  writeAll(dir, force, [
    ['ca.crt', certificates.caCert, 0o644],
    ['ca.key', certificates.caKey, 0o600],
    ['tls.crt', certificates.cert, 0o644],
    ['tls.key', certificates.key, 0o600],
  ])
  const caBundle = Buffer.from(certificates.caCert).toString('base64')
  io.stdout.write(`caBundle: ${caBundle}\n`)
  io.stderr.write(
    `Wrote ca.crt, ca.key, tls.crt and tls.key to ${dir}, valid for ${days} days.\n` +
      `The line on stdout goes into clientConfig of the MutatingWebhookConfiguration; the webhook serves with\n` +
      `  podvault webhook --tls-cert-file ${join(dir, 'tls.crt')} --tls-key-file ${join(dir, 'tls.key')}\n`,
  )
  return 0
}

const wholeDays = (text: string): number => {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (days < 1) throw new PodvaultError('usage', `--days is ${JSON.stringify(text)}; allowed: 1 to 9999`)
  return days
}

type NewFile = readonly [name: string, content: string, mode: number]

const writeAll = (dir: string, force: boolean, files: readonly NewFile[]): void => {
  const present = force ? [] : files.map(([name]) => join(dir, name)).filter(path => existsSync(path))
  if (present.length > 0)
    throw new PodvaultError('usage', `${present.join(', ')} would be overwritten`, { hint: '--force does that' })
  try {
    mkdirSync(dir, { recursive: true })
    for (const [name, content, mode] of files) {
      writeFileSync(join(dir, name), content, { mode })
      // The mode above only counts for a file that was not there.
      chmodSync(join(dir, name), mode)
    }
  } catch (cause) {
    throw new PodvaultError('failed', `the certificates cannot be written: ${sentence(cause)}`, { cause })
  }
}
