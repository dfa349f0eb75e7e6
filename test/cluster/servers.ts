import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

type Server = { readonly name: string; readonly module: string; readonly package: string; readonly ldflags: string }

/** Where built servers are kept between runs. */
export const bin = join(homedir(), '.cache/podvault/bin')

const version = 'v1.36.3'
// Without these the API server calls itself v0.0.0, and the kubelet refuses it.
const kubernetesVersion = [
  `-X k8s.io/component-base/version.gitVersion=${version}`,
  '-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36',
  `-X k8s.io/client-go/pkg/version.gitVersion=${version}`,
].join(' ')

// As Helm's own Makefile: the Kubernetes that `helm template` takes to be there; v1.20 without these.
const helmVersion = [
  '-X helm.sh/helm/v3/internal/version.version=v3.22.0',
  ...['pkg/chartutil', 'pkg/lint/rules'].map(
    place => `-X helm.sh/helm/v3/${place}.k8sVersionMajor=1 -X helm.sh/helm/v3/${place}.k8sVersionMinor=37`,
  ),
].join(' ')

const kubernetes = (name: string): Server => ({
  name,
  module: 'kubernetes',
  package: `k8s.io/kubernetes/cmd/${name}`,
  ldflags: kubernetesVersion,
})

/** Versions are in the modules' go.mod. Cold on two cores: etcd 1 min, Kubernetes 7 min, Vault 10 min, Helm 3 min. */
const servers: readonly Server[] = [
  { name: 'etcd', module: 'etcd', package: 'go.etcd.io/etcd/server/v3', ldflags: '' },
  ...['kube-apiserver', 'kubectl', 'kube-controller-manager', 'kube-scheduler', 'kubelet'].map(kubernetes),
  {
    name: 'vault',
    // The build tag `minimal` is four times as fast, but has neither Kubernetes auth nor the database engine.
    module: 'vault',
    package: 'github.com/hashicorp/vault',
    ldflags: '-X github.com/hashicorp/vault/version.fullVersion=1.21.1',
  },
  { name: 'helm', module: 'helm', package: 'helm.sh/helm/v3/cmd/helm', ldflags: helmVersion },
]

const folder = (server: Server): string => join(import.meta.dirname, 'servers', server.module)
const flags = (server: Server): readonly string[] => ['-trimpath', '-ldflags', `-s -w ${server.ldflags}`]

/** Changes when the binary would: dependencies, flags or package. */
const stamp = (server: Server): string =>
  createHash('sha256')
    .update(readFileSync(join(folder(server), 'go.mod')))
    .update(readFileSync(join(folder(server), 'go.sum')))
    .update([server.package, ...flags(server)].join('\n'))
    .digest('hex')

const stampFile = (server: Server): string => join(bin, `${server.name}.stamp`)

const isBuilt = (server: Server): boolean =>
  existsSync(join(bin, server.name)) &&
  existsSync(stampFile(server)) &&
  readFileSync(stampFile(server), 'utf8') === stamp(server)

/** Builds the servers that are missing or out of date into `bin`, with a line of progress a minute on stderr. */
export const buildServers = async (): Promise<void> => {
  mkdirSync(bin, { recursive: true })
  const wanted = servers.filter(server => !isBuilt(server))
  for (const [index, server] of wanted.entries()) {
    process.stderr.write(`building ${server.name} (${index + 1} of ${wanted.length}; kept in ${bin}) …\n`)
    await build(server)
    writeFileSync(stampFile(server), stamp(server))
  }
}

const build = async (server: Server): Promise<void> => {
  const output = join(bin, server.name)
  // Ends with this process, as Ctrl-C does it.
  const command = ['--pdeathsig', 'INT', 'go', 'build', ...flags(server), '-o', `${output}.tmp`, server.package]
  const go = spawn('setpriv', command, {
    cwd: folder(server),
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let messages = ''
  go.stderr.on('data', (data: Buffer) => (messages += data.toString()))
  const began = Date.now()
  const progress = setInterval(() => {
    process.stderr.write(`  ${server.name}: ${Math.round((Date.now() - began) / 60_000)} min\n`)
  }, 60_000)
  const code = await new Promise<number | null>((resolve, reject) => go.once('close', resolve).once('error', reject))
  clearInterval(progress)
  if (code !== 0) throw new Error(`go could not build ${server.name}:\n${messages}`)
  renameSync(`${output}.tmp`, output)
}
