import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PodvaultError, sentence } from '../errors.ts'
import type { Agent } from './agent.ts'

type Process = { readonly pid: number; readonly name: string; readonly user: string }

/**
 * Sends the signal to the main process of every container that has the secrets mounted. A process that may not be signalled
 * is not tried again: the others would get a second signal.
 * @throws PodvaultError when there is none, as while a container restarts
 */
export const signalHook = ({ host, config, log }: Pick<Agent, 'host' | 'config' | 'log'>, signal: string): void => {
  const found = mainProcesses(host.proc, host.pid, config.folders.secrets)
  if (found.length === 0)
    throw new PodvaultError('failed', 'no other container of this pod with the secrets mounted can be seen', {
      hint: 'podvault.dev/on-change: signal needs shareProcessNamespace: true',
    })
  for (const { pid, name, user } of found)
    try {
      host.kill(pid, signal)
      log('info', 'told', { hook: 'signal', signal, pid, name })
    } catch (error) {
      const hint = `it belongs to user ${user}: set podvault.dev/run-as-user: "${user}"`
      const denied = error instanceof Error && 'code' in error && error.code === 'EPERM'
      log('warn', 'hook failed', {
        hook: 'signal',
        pid,
        name,
        reason: denied ? `${sentence(error)}; ${hint}` : sentence(error),
      })
    }
}

/**
 * Processes without a parent in sight, but neither the pod's own first one nor ourselves, that see the volume of this folder.
 * `kubectl exec` and probes start such processes too: of those that share a container's mounts, the oldest is the main one.
 */
const mainProcesses = (proc: string, self: number, folder: string): readonly Process[] => {
  const volume = volumeOf(read(join(proc, String(self), 'mountinfo')), folder)
  const found = readdirSync(proc)
    .filter(name => /^\d+$/.test(name) && name !== '1' && name !== String(self))
    .map(name => processOf(proc, name))
    .filter(({ orphan, mounts }) => orphan && mountsOf(mounts).some(each => isOf(volume, each)))
    .toSorted((one, other) => one.start - other.start)
  return found.filter(({ mounts }, index) => found.findIndex(each => each.mounts === mounts) === index)
}

const processOf = (proc: string, name: string) => {
  const status = read(join(proc, name, 'status'))
  const field = (key: string): string | undefined => new RegExp(`^${key}:\\s*(\\S+)`, 'm').exec(status)?.[1]
  return {
    pid: Number(name),
    name: field('Name') ?? '',
    user: field('Uid') ?? '',
    // The kernel's own threads have no memory.
    orphan: field('PPid') === '0' && field('VmSize') !== undefined,
    // The name, the second field, may have blanks and brackets in it. The 22nd is the start, in ticks.
    start: Number(
      read(join(proc, name, 'stat'))
        .replace(/^.*\) /s, '')
        .split(' ')[19],
    ),
    mounts: read(join(proc, name, 'mountinfo')),
  }
}

/** Processes end while one looks at them. */
const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

type MountPoint = { readonly device: string; readonly root: string; readonly point: string }

/** https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */
const mountsOf = (mountinfo: string): readonly MountPoint[] =>
  mountinfo.split('\n').map(line => {
    const [, , device = '', root = '', point = ''] = line.split(' ')
    return { device, root: `${root}/`.replace('//', '/'), point: `${point}/`.replace('//', '/') }
  })

/** The innermost mount that the folder lies in. */
const volumeOf = (mountinfo: string, folder: string): MountPoint | undefined =>
  mountsOf(mountinfo)
    .filter(({ device, point }) => device !== '' && `${folder}/`.startsWith(point))
    .toSorted((one, other) => other.point.length - one.point.length)[0]

/** The same volume, or a part of it. Several volumes on one disk share a device; one in memory has its own. */
const isOf = (volume: MountPoint | undefined, { device, root }: MountPoint): boolean =>
  device === volume?.device && root.startsWith(volume.root)
