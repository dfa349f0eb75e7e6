/**
 * Where things are inside the cluster's namespaces. /run is a file system of their own, in memory, so every path can be
 * fixed: two clusters never meet, and nothing stays behind.
 */
export const run = '/run/cluster'

/** The node's address: API server, Vault, PostgreSQL and webhook listen there; pods and servers reach it alike. */
export const node = '10.99.0.1'

export const apiServer = `https://${node}:6443`
/** The service `kubernetes`, where pods look for the API server. */
export const serviceAddress = '10.96.0.1'
export const vaultAddress = `http://${node}:8200`
/** The same Vault behind a certificate of the cluster's CA; it asks for one of the client. */
export const vaultTlsAddress = `https://${node}:8210`
export const webhookAddress = `https://${node}:9443`
export const webhookMetrics = `http://127.0.0.1:9090`
export const containerdSocket = `${run}/containerd.sock`

/** Where the test of outages has a Vault of its own, and where there is none; pods may choose both. */
export const outageVault = `http://${node}:8300`
/** A Vault of 2017's ways, for the recipe of Elastic. */
export const oldVault = `http://${node}:8302`
export const noVault = `http://${node}:8301`
