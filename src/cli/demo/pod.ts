import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { Io } from '../../command.ts'
import { type AgentConfig, encodeConfig, names } from '../../contract.ts'
import { decodeConfig } from '../../decode-config.ts'
import type { Container, Pod } from '../../inject/pod.ts'

/** A folder for each volume of the pod, as a kubelet makes them; the token's holds the token. */
export const layOut = (pod: Pod, root: string, jwt: string): ReadonlyMap<string, string> => {
  const folders = new Map((pod.spec?.volumes ?? []).map(({ name }) => [name, join(root, name)]))
  for (const folder of folders.values()) mkdirSync(folder)
  const token = folders.get(names.tokenVolume)
  if (token !== undefined) writeFileSync(join(token, 'token'), jwt, { mode: 0o600 })
  return folders
}

/** Starts an injected container's own command as a process, with folders where its mounts would be. */
export const startContainer = (container: Container, folders: ReadonlyMap<string, string>, io: Io): ChildProcess => {
  const given = container.env?.find(({ name }) => name === names.configVariable)?.value
  const config = encodeConfig(moved(decodeConfig(given), container, folders))
  const env = { ...io.env, [names.configVariable]: config }
  const program = [process.argv[1] ?? '', ...(container.args ?? [])]
  return spawn(process.execPath, program, { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

const moved = (
  config: AgentConfig,
  { volumeMounts = [] }: Container,
  folders: ReadonlyMap<string, string>,
): AgentConfig => {
  const move = (path: string): string => {
    const mount = volumeMounts.find(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`))
    return mount === undefined ? path : (folders.get(mount.name) ?? '') + path.slice(mount.mountPath.length)
  }
  return {
    ...config,
    auth: 'tokenFile' in config.auth ? { ...config.auth, tokenFile: move(config.auth.tokenFile) } : config.auth,
    folders: { secrets: move(config.folders.secrets), state: move(config.folders.state) },
    mounted: config.mounted.map(each => ({ ...each, folder: move(each.folder) })),
  }
}
