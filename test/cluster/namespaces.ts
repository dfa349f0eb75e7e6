import { mkdirSync } from 'node:fs'
import { apiServer, node, run, serviceAddress } from './place.ts'
import { execute } from './processes.ts'

/** Makes the fresh network and mount namespaces a machine of their own: whatever is written to /run and /var goes with them. */
export const furnish = (id: string): void => {
  // The kubelet hands mounts of pods on to containerd, which needs shared propagation.
  execute('mount', '--make-rshared', '/')
  execute('mount', '-t', 'tmpfs', '-o', 'mode=755', `podvault-cluster-${id}`, '/run')
  for (const folder of ['logs', 'pki', 'cni', '../var', '../var-work'])
    mkdirSync(`${run}/${folder}`, { recursive: true })
  // The kubelet and the network plugin write to fixed folders under /var.
  execute('mount', '-t', 'overlay', '-o', 'lowerdir=/var,upperdir=/run/var,workdir=/run/var-work', 'overlay', '/var')
  execute('ip', 'link', 'set', 'lo', 'up')
  // Stands for the node's network card: a node's address may not be loopback, and not every kernel has dummy devices.
  execute('ip', 'link', 'add', 'node0', 'type', 'bridge')
  execute('ip', 'addr', 'add', `${node}/24`, 'dev', 'node0')
  execute('ip', 'link', 'set', 'node0', 'up')
  // The one service that pods need, in place of kube-proxy.
  const toService = ['-d', serviceAddress, '-p', 'tcp', '--dport', '443']
  execute('iptables', '-t', 'nat', '-A', 'PREROUTING', ...toService, '-j', 'DNAT', '--to', new URL(apiServer).host)
}
