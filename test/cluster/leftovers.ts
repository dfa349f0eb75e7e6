import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
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

/** Removes the run's cgroup, the one thing its namespaces do not take with them, and waits until all else is gone; gives what is not. */
export const clear = async (id: string): Promise<readonly string[]> => {
  const deadline = Date.now() + 10_000
  for (;;) {
    for (const hierarchy of hierarchies()) removeTree(join(hierarchy, cgroup(id)))
    const left = leftovers(id)
    if (left.length === 0 || Date.now() > deadline) return left
    await wait(50)
  }
}

const removeTree = (folder: string): void => {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(folder, entry.name))
  try {
    rmdirSync(folder)
  } catch {
    // The kernel refuses while the last processes are still on their way out; it is tried again.
  }
}

/** What a run has left on this machine: processes by their environment, mounts and cgroups by their name. */
export const leftovers = (id: string): readonly string[] => [
  ...processes(`PODVAULT_CLUSTER=${id}`).map(pid => `process ${pid}`),
  ...readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter(line => line.includes(`podvault-cluster-${id}`))
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

const tunables = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops'].map(
  name => `/proc/sys/${name}`,
)

/** The kubelet sets these for the whole machine; the function given puts them back. */
export const keepKernelSettings = (): (() => void) => {
  const before = tunables.map(path => [path, readFileSync(path, 'utf8')] as const)
  return () => {
    for (const [path, value] of before) if (readFileSync(path, 'utf8') !== value) writeFileSync(path, value)
  }
}
