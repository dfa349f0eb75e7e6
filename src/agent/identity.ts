// PURE: who the pod is to Vault, in words; never a credential.
import type { AgentConfig, Auth } from '../contract.ts'

/** For sentences: `for role web`, `for its certificate`. */
export const whoOf = (auth: Auth): string => {
  switch (auth.method) {
    case 'kubernetes':
    case 'jwt':
      return auth.approle === undefined ? `role ${auth.role}` : `role ${auth.role} and AppRole ${auth.approle.role}`
    case 'approle':
      return 'its AppRole'
    case 'cert':
      return auth.role === undefined ? 'its certificate' : `its certificate and role ${auth.role}`
    case 'token-file':
      return `the token in ${auth.tokenFile}`
    case 'userpass':
      return `the user in ${auth.loginFile}`
  }
}

/** What to check where Vault refuses a login. */
export const loginHint = ({ auth, vault }: AgentConfig): string => {
  switch (auth.method) {
    case 'kubernetes':
    case 'jwt':
      return `check that the role exists and admits this pod's service account, namespace and token audience (vault read auth/${auth.path}/role/${auth.role})`
    case 'approle':
      return `check that role id and secret id are of one AppRole at auth/${auth.path}, and that the secret id has time and uses left`
    case 'cert':
      return `check that a role at auth/${auth.path} trusts the certificate in ${vault.certFile ?? 'none'} (vault list auth/${auth.path}/certs)`
    case 'token-file':
      return 'it may have ended or been revoked; put a living one there'
    case 'userpass':
      return `check username and password (vault list auth/${auth.path}/users)`
  }
}
