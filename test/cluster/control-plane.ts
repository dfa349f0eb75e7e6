import { join } from 'node:path'
import type { Api } from './api.ts'
import { pki } from './certificates.ts'
import { node, run } from './place.ts'
import { type Running, start, until } from './processes.ts'
import { bin } from './servers.ts'

const etcd = 'http://127.0.0.1:2379'

/** Starts etcd, the API server, the controller manager and the scheduler; resolves when the API server is ready. */
export const startControlPlane = async (api: Api): Promise<void> => {
  const data = ['--data-dir', `${run}/etcd`, '--unsafe-no-fsync', '--listen-peer-urls', 'http://127.0.0.1:0']
  start('etcd', join(bin, 'etcd'), [...data, '--listen-client-urls', etcd, '--advertise-client-urls', etcd])
  const server = startApiServer('kube-apiserver', 6443)
  await until('a ready API server', server, async () => {
    await api.text('/readyz')
    return true
  })
  const admin = ['--kubeconfig', `${run}/admin.kubeconfig`, '--leader-elect=false']
  const tokens = [`--service-account-private-key-file=${pki}/sa.key`, `--root-ca-file=${pki}/ca.crt`]
  // By itself it creates 20 pods a second and no more: that is no burst.
  const eager = ['--kube-api-qps=2000', '--kube-api-burst=2000']
  start('kube-controller-manager', join(bin, 'kube-controller-manager'), [...admin, ...tokens, ...eager])
  start('kube-scheduler', join(bin, 'kube-scheduler'), admin)
}

/** One more is as good as the first: all they know is in etcd. */
export const startApiServer = (name: string, port: number, ...more: readonly string[]): Running =>
  start(name, join(bin, 'kube-apiserver'), [...apiServerFlags, `--secure-port=${port}`, ...more])

const apiServerFlags: readonly string[] = [
  `--etcd-servers=${etcd}`,
  '--bind-address=0.0.0.0',
  `--advertise-address=${node}`,
  `--cert-dir=${run}/apiserver`,
  `--tls-cert-file=${pki}/apiserver.crt`,
  `--tls-private-key-file=${pki}/apiserver.key`,
  `--client-ca-file=${pki}/ca.crt`,
  `--service-account-key-file=${pki}/sa.pub`,
  `--service-account-signing-key-file=${pki}/sa.key`,
  '--service-account-issuer=https://kubernetes.default.svc',
  '--service-cluster-ip-range=10.96.0.0/16',
  '--authorization-mode=Node,RBAC',
  '--allow-privileged=true',
  `--kubelet-client-certificate=${pki}/admin.crt`,
  `--kubelet-client-key=${pki}/admin.key`,
  '--kubelet-preferred-address-types=InternalIP',
  '--enable-admission-plugins=NodeRestriction',
]
