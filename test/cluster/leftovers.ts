import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const root = '/sys/fs/cgroup'

/** The cgroup all pods of one run live under, in every hierarchy. */
export const cgroup = (id: string): string => `/podvault-cluster-${id}`

/** One folder for cgroup v2; one for each controller for v1. */
const hierarchies = (): readonly string[] =>
  existsSync(join(root, 'cgroup.controllers'))
    ? [root]
    : readdirSync(root)
        .map(name => join(root, name))
        .filter(path => existsSync(join(path, 'cgroup.procs')))

/** Makes the run's cgroup; the kubelet wants to find it. */
export const makeCgroup = (id: string): void => {
  for (const hierarchy of hierarchies()) mkdirSync(join(hierarchy, cgroup(id)), { recursive: true })
}

/** Removes the cgroup of a run that has ended, the one thing its namespaces do not take with them, once it is empty. */
export const removeCgroup = async (id: string): Promise<void> => {
  const deadline = Date.now() + 10_000
  for (const hierarchy of hierarchies())
    while (!removed(join(hierarchy, cgroup(id))) && Date.now() < deadline) await wait(50)
}

/** The kernel refuses while the last processes are still on their way out. */
const removed = (folder: string): boolean => {
  try {
    removeTree(folder)
    return true
  } catch {
    return false
  }
}

const removeTree = (folder: string): void => {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(folder, entry.name))
  rmdirSync(folder)
}

/** What a run has left on this machine: processes by their environment, mounts and cgroups by their path. */
export const leftovers = (id: string): readonly string[] => [
  ...processes(`PODVAULT_CLUSTER=${id}`).map(pid => `process ${pid}`),
  ...readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter(line => line.includes('/run/cluster'))
    .map(line => `mount ${line}`),
  ...hierarchies()
    .map(hierarchy => join(hierarchy, cgroup(id)))
    .filter(path => existsSync(path))
    .map(path => `cgroup ${path}`),
]

const processes = (variable: string): readonly string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => environment(pid).includes(variable))

const environment = (pid: string): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\u0000')
  } catch {
    return []
  }
}
