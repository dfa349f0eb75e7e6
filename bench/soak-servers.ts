import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { nodeFlags } from '../scripts/code-cache.ts'
import { makeCertificates } from '../src/webhook/make-certificates.ts'
import type { FakeHome } from '../test/fixtures/api-server.ts'
import { fakeObjects, paths, webhooks } from '../test/fixtures/objects.ts'
import { startWebhook, type WebhookProcess } from '../test/fixtures/webhook-process.ts'

export type Server = WebhookProcess & {
  /** Gives it what others give a webhook that runs for weeks: another configuration, another certificate. */
  readonly disturb: (round: number) => void
}

/** As installed with cert-manager: the bundle, its certificate from files, both files replaced now and then. */
export const filesServer = async (folder: string): Promise<Server> => {
  cpSync('dist/app', join(folder, 'app'), { recursive: true })
  const [cert, key, config] = ['tls.crt', 'tls.key', 'config.yaml'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const certify = (): void => {
    const made = makeCertificates(['127.0.0.1'], new Date(), 1)
    writeFileSync(cert, made.cert)
    writeFileSync(key, made.key)
  }
  certify()
  const configure = configures(config)
  const program = [...nodeFlags, '--inspect=127.0.0.1:0', join(folder, 'app/podvault.cjs'), 'webhook']
  const server = await startWebhook(program, ['--config', config, '--tls-cert-file', cert, '--tls-key-file', key])
  return {
    ...server,
    disturb: round => {
      configure(round)
      if (round % 6 === 5) certify()
    },
  }
}

/** As installed by itself: an authority of its own, made anew every 80 s, and a certificate every 20 s. */
export const managedServer = async (folder: string): Promise<Server> => {
  const account = join(folder, 'account')
  const testdir: FakeHome['testdir'] = files => {
    mkdirSync(account)
    for (const [name, content] of Object.entries(Object(files))) writeFileSync(join(account, name), String(content))
    return account
  }
  const cluster = await fakeObjects({ teardown: () => undefined, testdir })
  const registration = { metadata: { name: 'podvault' }, webhooks }
  cluster.put(paths.mutating, registration)
  cluster.put(paths.validating, registration)
  const config = join(folder, 'config.yaml')
  const configure = configures(config)
  const lives = ['--certificate-lifetime', '30s', '--ca-lifetime', '2m']
  const program = [...nodeFlags, '--inspect=127.0.0.1:0', 'bench/soak-webhook.ts', cluster.folder]
  const env = { ...process.env, ...cluster.env }
  const server = await startWebhook(program, ['--config', config, ...lives], env)
  return {
    ...server,
    disturb: round => {
      configure(round)
      // Now and then somebody else writes the caBundle, deletes the Secret, or the API server ends its watches.
      if (round % 10 === 3) cluster.put(paths.mutating, registration)
      if (round % 30 === 7) cluster.put(paths.secret, undefined)
      if (round % 4 === 1) cluster.endWatches()
    },
  }
}

/** Writes the first configuration, and another one at each call; each tenth cannot be used. */
const configures = (file: string): ((round: number) => void) => {
  const write = (round: number): void =>
    writeFileSync(
      file,
      round % 10 === 9 ? 'unknown-key: x\n' : `vault-address: https://vault-${round}.example.com:8200\n`,
    )
  write(0)
  return write
}
