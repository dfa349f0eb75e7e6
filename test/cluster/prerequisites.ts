import { execFileSync, spawnSync } from 'node:child_process'
import { platform } from 'node:os'
import process from 'node:process'

/** Debian packages: the container runtime, the network's tools, a static C library and shell for test images, readers of what podvault writes, PostgreSQL, Prometheus with its promtool. */
const packages =
  'containerd runc containernetworking-plugins iproute2 iptables musl-tools busybox-static openssl openssh-client procps python3 default-jdk-headless util-linux jq postgresql prometheus'.split(
    ' ',
  )

/**
 * What keeps the real cluster from running on this machine, as one sentence; undefined when nothing does.
 * Missing Debian packages are installed, with apt-get's progress on stderr.
 */
export const missing = (): string | undefined => {
  if (platform() !== 'linux') return `it needs Linux; this is ${platform()}`
  if (process.getuid?.() !== 0)
    return 'it needs root, to make namespaces and run a kubelet: run `npm run test:cluster` as root'
  if (!runs('go', 'version'))
    return 'it needs Go ≥ 1.26 on the PATH, to build Kubernetes and Vault: see https://go.dev/dl'
  if (!runs('dpkg-query', '--version'))
    return 'it needs Debian or a distribution made from it: the rest comes from its packages'
  return install(packages.filter(name => !installed(name)))
}

const runs = (command: string, ...args: readonly string[]): boolean => spawnSync(command, args).status === 0

const installed = (name: string): boolean =>
  // The last word of the status: "install ok installed" is there, "deinstall ok config-files" is not.
  spawnSync('dpkg-query', ['-W', '-f=${Status}', name], { encoding: 'utf8' }).stdout.endsWith(' installed')

const install = (names: readonly string[]): string | undefined => {
  if (names.length === 0) return undefined
  process.stderr.write(`installing ${names.join(' ')} …\n`)
  try {
    // Nothing may start by itself: the tests run their own containerd and PostgreSQL.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    execFileSync('apt-get', ['update', '-q'], { stdio: ['ignore', 'ignore', 2], env })
    execFileSync('apt-get', ['install', '-yq', '--no-install-recommends', ...names], { stdio: ['ignore', 2, 2], env })
    return undefined
  } catch {
    return `it needs the Debian packages ${names.join(' ')}, and apt-get could not install them (its messages are above)`
  }
}
