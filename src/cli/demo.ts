import { type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, realpathSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import jsonpatch from 'fast-json-patch'
import { parse, stringify } from 'yaml'
import { readState } from '../agent/state.ts'
import type { Command, Io } from '../command.ts'
import { names } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import type { Operation } from '../inject/patch.ts'
import type { Container, Pod } from '../inject/pod.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'
import { layOut, startContainer } from './demo/pod.ts'
import { difference, environmentOf, filesIn, indent } from './demo/show.ts'
import { type DemoVault, demoVault } from './demo/vault.ts'
import { type DemoWebhook, mutate, startWebhook } from './demo/webhook.ts'

/** `podvault demo`: the way of a pod, on this machine: the real webhook, the real agent, a Vault, and no cluster. */
export const demo: Command = async (io, args) => {
  const description =
    'Shows the way of a pod on this machine: the real webhook, the real agent and a Vault, without a cluster.'
  if (parseFlags(commandLine(io, 'demo', description, 'podvault demo'), args) === undefined) return 0
  const root = mkdtempSync(join(tmpdir(), 'podvault-demo-'))
  const children: ChildProcess[] = []
  const started = (child: ChildProcess): ChildProcess => (children.push(child), child)
  try {
    await using vault = await demoVault(io)
    await tell(io, root, vault, started)
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(root, { recursive: true, force: true })
  }
  say(io, 'demo: ok')
  return 0
}

const say = (io: Io, ...lines: readonly string[]): void => void io.stdout.write(`${lines.join('\n')}\n`)

const tell = async (
  io: Io,
  root: string,
  vault: DemoVault,
  started: (child: ChildProcess) => ChildProcess,
): Promise<void> => {
  say(io, `1. Vault: ${vault.said}`)
  await vault.write({ username: 'web', password: 'first-password' })

  const operator = join(root, 'config.yaml')
  writeFileSync(operator, stringify({ defaults: { auth: 'jwt', 'auth-path': vault.authPath, refresh: '1s' } }))
  const webhook = await startWebhook(['--vault-address', vault.address, '--config', operator], io)
  started(webhook.process)
  say(io, `2. Webhook: podvault webhook on ${webhook.address}, with a certificate of its own`)

  const pod = examplePod(vault.mount)
  const injected = await admit(webhook, pod)
  say(io, '3. The pod of docs/example.yaml, and what admission adds to it:', indent(difference(pod, injected)))

  const folders = layOut(injected, root, vault.jwt)
  const secrets = folders.get(names.secretsVolume) ?? ''
  await ends(started(startContainer(containerOf(injected, names.login), folders, io)), io)
  say(io, '4. podvault login has run. What the app sees in /vault/secrets:', indent(filesIn(secrets)))
  say(io, '   and in its environment:', indent(environmentOf(injected, secrets)))

  const renew = started(startContainer(containerOf(injected, names.renew), folders, io))
  const changed = nextChange(secrets)
  await vault.write({ username: 'web', password: 'second-password' })
  await Promise.race([changed, once(renew, 'exit').then(() => ends(renew, io))])
  say(io, '5. The password was changed in Vault, and podvault renew has seen it:', indent(filesIn(secrets)))

  const token = tokenOf(folders.get(names.stateVolume) ?? '')
  if (!(await vault.isAlive(token)))
    throw new PodvaultError('failed', 'the token of the pod is not alive while the pod is')
  renew.kill('SIGTERM')
  await ends(renew, io)
  if (await vault.isAlive(token)) throw new PodvaultError('failed', 'the token of the pod is still alive after its end')
  say(io, '6. The pod has ended: its token was alive before, and is revoked now')

  webhook.process.kill('SIGTERM')
  await ends(webhook.process, io)
}

/** The pod that the example's Deployment makes, reading from the demo's mount. */
const examplePod = (mount: string): Pod => {
  // An installed program is started by a link to it.
  const file = join(dirname(realpathSync(process.argv[1] ?? '')), '../docs/example.yaml')
  const { metadata, spec } = parse(readFileSync(file, 'utf8')).spec.template as Pod
  const secrets = metadata?.annotations?.['podvault.dev/secrets'] ?? ''
  const own = mount === 'secret' ? secrets : `VERSION 2\nMOUNT ${mount}\n${secrets}`
  const annotations = { ...metadata?.annotations, 'podvault.dev/secrets': own }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, generateName: 'web-', annotations },
    ...(spec && { spec }),
  }
}

const admit = async (webhook: DemoWebhook, pod: Pod): Promise<Pod> => {
  const request = {
    uid: 'demo',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    operation: 'CREATE',
    namespace: 'default',
    object: pod,
  }
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }
  const { response } = (await mutate(webhook, review)) as {
    readonly response: { readonly patch?: string; readonly status?: { readonly message?: string } }
  }
  if (response.patch === undefined)
    throw new PodvaultError('refused', response.status?.message ?? 'the pod was not injected')
  const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString()) as Operation[]
  return jsonpatch.applyPatch(structuredClone(pod), patch, true).newDocument
}

const containerOf = (pod: Pod, wanted: string): Container => {
  const found = pod.spec?.initContainers?.find(({ name }) => name === wanted)
  if (found === undefined) throw new PodvaultError('failed', `the injected pod has no container ${wanted}`)
  return found
}

const tokenOf = (folder: string): string => {
  const state = readState(folder)
  if (state === undefined) throw new PodvaultError('failed', 'the agent has left no state')
  return state.token.value
}

/** Resolves when the files have been swapped for others. */
const nextChange = async (folder: string): Promise<void> => {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), 15_000)
  const watcher = watch(folder, { signal: controller.signal })
  const before = filesIn(folder)
  await new Promise<void>((resolve, reject) => {
    watcher.on('change', () => filesIn(folder) !== before && resolve())
    watcher.on('close', () => reject(new PodvaultError('failed', 'the files did not change within 15 s')))
    watcher.on('error', reject)
  })
  clearTimeout(timer)
  controller.abort()
}

/** Waits for the end of a process; its complaint is ours unless it ends well. */
const ends = async (child: ChildProcess, io: Io): Promise<void> => {
  child.stderr?.pipe(io.stderr, { end: false })
  child.stdout?.resume()
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  if (child.exitCode !== 0)
    throw new PodvaultError(
      'failed',
      `podvault ${child.spawnargs[2] ?? ''} ended with ${child.exitCode ?? child.signalCode}`,
    )
}
