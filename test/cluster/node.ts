import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pki } from './certificates.ts'
import { importImage, pauseImage } from './images.ts'
import { cgroup } from './leftovers.ts'
import { containerdSocket, node, run } from './place.ts'
import { execute, start, until } from './processes.ts'
import { bin } from './servers.ts'

/** Starts containerd and imports the image of the pods' sandboxes. */
export const startContainerd = async (): Promise<void> => {
  writeFileSync(`${run}/containerd.toml`, containerdConfig)
  writeFileSync(`${run}/cni/10.conflist`, JSON.stringify(podNetwork))
  const containerd = start('containerd', 'containerd', ['-c', `${run}/containerd.toml`])
  await until('containerd', containerd, () => {
    if (!existsSync(containerdSocket)) return false
    execute('ctr', '-a', containerdSocket, 'version')
    return true
  })
  importImage(pauseImage())
}

/** Starts the kubelet, which registers the node; the id is that of the run. */
export const startKubelet = (id: string): void => {
  // A cgroup of this run's own: a kubelet ends every pod it does not know in its cgroup, another run's too.
  writeFileSync(`${run}/kubelet.json`, JSON.stringify({ ...kubeletConfig, cgroupRoot: cgroup(id) }))
  const config = ['--config', `${run}/kubelet.json`, '--kubeconfig', `${run}/kubelet.kubeconfig`]
  const folders = ['--root-dir', `${run}/kubelet`, '--cert-dir', `${run}/kubelet-pki`]
  start('kubelet', join(bin, 'kubelet'), [...config, ...folders, '--hostname-override', 'node', '--node-ip', node])
}

// restrict_oom_score_adj: without it no sandbox starts where the tests may not lower their own score.
const containerdConfig = `version = 2
root = "${run}/containerd"
state = "${run}/containerd-state"
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "test.local/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${run}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`

/** Pods get addresses of their own and reach the node's; without masquerading, Vault sees which pod is asking. */
const podNetwork = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'ptp',
      ipMasq: false,
      ipam: {
        type: 'host-local',
        dataDir: `${run}/ipam`,
        ranges: [[{ subnet: '10.244.0.0/24' }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
  ],
}

const kubeletConfig = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: `${pki}/ca.crt` },
  },
  authorization: { mode: 'Webhook' },
  cgroupDriver: 'cgroupfs',
  failCgroupV1: false,
  failSwapOn: false,
  containerRuntimeEndpoint: `unix://${containerdSocket}`,
  tlsCertFile: `${pki}/kubelet.crt`,
  tlsPrivateKeyFile: `${pki}/kubelet.key`,
  readOnlyPort: 0,
  enforceNodeAllocatable: [],
  localStorageCapacityIsolation: false,
  volumePluginDir: `${run}/kubelet-plugins`,
  imageGCHighThresholdPercent: 100,
  evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
}
