import t from 'tap'
import { type Known, offlineSettings, withOfflineSettings } from '../../src/cli/offline.ts'
import type { Command } from '../../src/command.ts'
import type { Settings } from '../../src/inject/settings.ts'
import { commandLine, parseFlags } from '../../src/webhook/flags.ts'
import { run } from '../fixtures/io.ts'

const settingsBy = async (args: readonly string[], known?: Known, env = {}): Promise<Settings> => {
  let settings: Settings | undefined
  const command: Command = async (io, words) => {
    const flags = parseFlags(withOfflineSettings(commandLine(io, 'x', '', '')), words)
    if (flags !== undefined) settings = offlineSettings(flags, io, known)
    return 0
  }
  await run(command, args, { env })
  return settings!
}

t.test('decides by what the webhook would, and assumes a version where nobody says one', async t => {
  t.match(await settingsBy(['--vault-address', 'http://v:8200']), {
    address: 'http://v:8200',
    kubernetes: { major: 1, minor: 36 },
  })
  t.match(await settingsBy([], {}, { PODVAULT_IMAGE: 'x:1' }), { image: 'x:1' })
})

t.test('what is known of a cluster counts, and a flag counts more', async t => {
  const known: Known = {
    kubernetes: { major: 1, minor: 30 },
    configMap: () => new Map(),
    flags: { 'vault-address': 'http://cluster:8200', image: 'cluster:1', listen: 'nonsense' },
    file: 'defaults: {refresh: 1m}\n',
  }
  const settings = await settingsBy(['--image', 'mine:1'], known)
  t.match(settings, {
    image: 'mine:1',
    address: 'http://cluster:8200',
    kubernetes: { minor: 30 },
    defaults: { 'podvault.dev/refresh': '1m' },
  })
  t.same(settings.configMap('a', 'b'), new Map())
  t.match((await settingsBy(['--kubernetes-version', '1.33'], known)).kubernetes, { minor: 33 })
  const own = `${t.testdir({ 'own.yaml': 'defaults: {refresh: 2m}\n' })}/own.yaml`
  t.match((await settingsBy(['--config', own], known)).defaults, { 'podvault.dev/refresh': '2m' })
})

t.test('the operator’s file of a cluster is read without being anywhere', async t => {
  await t.rejects(settingsBy([], { file: 'nonsense: 1\n' }), {
    code: 'usage',
    message: /^the cluster's config\.yaml:1:1/,
  })
  t.match(await settingsBy([], { file: 'vault-ca-file: /only/there.crt\nimage: x:1\n' }), {
    image: 'x:1',
    ca: undefined,
  })
  await t.rejects(settingsBy(['--vault-ca-file', '/nowhere.crt'], { file: '' }), { message: /cannot be read/ })
})
