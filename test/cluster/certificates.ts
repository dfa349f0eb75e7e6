import { writeFileSync } from 'node:fs'
import { apiServer, node, run, serviceAddress } from './place.ts'
import { execute } from './processes.ts'

export const pki = `${run}/pki`

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** Makes the cluster's CA, the certificates of its parts, and the key that signs service account tokens. */
export const makeCertificates = (): void => {
  execute('openssl', 'req', '-x509', ...key, ...files('ca'), '-days', '30', '-subj', '/CN=cluster-ca')
  const names = ['DNS:localhost', 'DNS:kubernetes.default.svc', 'IP:127.0.0.1', `IP:${serviceAddress}`, `IP:${node}`]
  certificate('apiserver', '/CN=kube-apiserver', names.join(','))
  certificate('admin', '/O=system:masters/CN=admin', 'DNS:admin')
  certificate('kubelet', '/O=system:nodes/CN=system:node:node', `DNS:node,IP:${node}`)
  execute('openssl', 'genrsa', '-out', `${pki}/sa.key`, '2048')
  execute('openssl', 'rsa', '-in', `${pki}/sa.key`, '-pubout', '-out', `${pki}/sa.pub`)
  kubeconfig('admin')
  kubeconfig('kubelet')
}

const files = (name: string): readonly string[] => ['-keyout', `${pki}/${name}.key`, '-out', `${pki}/${name}.crt`]

const certificate = (name: string, subject: string, alternatives: string): void => {
  const path = `${pki}/${name}`
  execute('openssl', 'req', ...key, '-keyout', `${path}.key`, '-out', `${path}.csr`, '-subj', subject)
  writeFileSync(`${path}.ext`, `subjectAltName=${alternatives}\nextendedKeyUsage=serverAuth,clientAuth\n`)
  const signer = ['-CA', `${pki}/ca.crt`, '-CAkey', `${pki}/ca.key`, '-CAcreateserial', '-days', '30']
  execute('openssl', 'x509', '-req', '-in', `${path}.csr`, '-out', `${path}.crt`, '-extfile', `${path}.ext`, ...signer)
}

const kubeconfig = (user: string): void => {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: apiServer, 'certificate-authority': `${pki}/ca.crt` } }],
    users: [{ name: user, user: { 'client-certificate': `${pki}/${user}.crt`, 'client-key': `${pki}/${user}.key` } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user } }],
    'current-context': 'test',
  }
  writeFileSync(`${run}/${user}.kubeconfig`, JSON.stringify(config))
}
