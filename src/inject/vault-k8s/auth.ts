import type { Auth } from '../../contract.ts'
import type { Problem } from '../reasons.ts'
import { type OurMethod, ourMethods, prefix, stages, withoutAuth } from './annotations.ts'
import type { Read } from './read.ts'

/** Parameters that every method of vault-k8s's is given, whether it knows them or not. */
const common = ['role', 'token-path', 'path']

/** What podvault's own agent knows to do with the parameters of a method. */
const parameters: Readonly<Record<OurMethod, readonly string[]>> = {
  kubernetes: common,
  jwt: common,
  approle: [
    ...common,
    'role-id-file-path',
    'secret-id-file-path',
    'secret-id-response-wrapping-path',
    'remove-secret-id-file-after-reading',
  ],
  cert: [...common, 'name', 'client-cert', 'client-key', 'ca-cert', 'reload'],
  token_file: [...common, 'token-file-path'],
}

/** Those that name a file. */
const isFile = (name: string): boolean => /(?:^|-)path$|-cert$|-key$/.test(name) && !name.includes('wrapping')

export const ourMethod = (method: string): OurMethod | undefined => ourMethods.find(ours => ours === method)

/** Whether the pod logs in with its service account. */
export const usesAccount = (read: Read): boolean => /^(?:kubernetes|jwt)$/.test(read.values['auth-type'])

/** The parameters that podvault's own agent has no equal for; a method that it lacks says so itself. */
export const foreignParameters = (read: Read): readonly string[] => {
  const method = ourMethod(read.values['auth-type'])
  const known = method === undefined ? common : parameters[method]
  return [...read.named('auth-config')]
    .filter(
      ([name, text]) => !known.includes(name) || (isFile(name) && !isAbsolute(text)) || !isServed(read, name, text),
    )
    .map(([name]) => name)
}

const isAbsolute = (text: string): boolean => /^\/[^\0]+$/.test(text)

/** Mounted read-only: nobody can remove a file there. */
const isReadOnly = (file: string): boolean => /^\/vault\/(?:custom|tls)\/(?!.*\.\.)/.test(file)

/** Vault Agent removes the file of a secret id unless told not to, and believes another CA for the login alone. */
const isServed = (read: Read, name: string, text: string): boolean => {
  if (name === 'secret-id-file-path')
    return isReadOnly(text) || read.named('auth-config').get('remove-secret-id-file-after-reading') === 'false'
  if (name === 'ca-cert') return ['', text].includes(read.values['ca-cert'])
  return true
}

/** What Vault Agent could not start without. */
export const authProblems = (read: Read): readonly Problem[] => {
  const given = read.named('auth-config')
  const { values } = read
  const lacks = (name: string, or = ''): readonly Problem[] =>
    (given.get(name) ?? or) === ''
      ? [
          {
            reason: 'missing-setting',
            message: `${stages.valid}: auth type ${values['auth-type']} needs ${prefix}auth-config-${name}`,
          },
        ]
      : []
  switch (ourMethod(values['auth-type'])) {
    case 'approle':
      return lacks('role-id-file-path')
    case 'token_file':
      return lacks('token-file-path')
    case 'cert':
      return [...lacks('client-cert', values['client-cert']), ...lacks('client-key', values['client-key'])]
    case 'kubernetes':
    case 'jwt':
    case undefined:
      return []
  }
}

/** What the connection shows of itself, and whom it believes; those of the cert method for everything, as its token needs them. */
export const certificatesOf = (
  read: Read,
): { readonly certFile?: string; readonly keyFile?: string; readonly caFile?: string } => {
  const given = read.values['auth-type'] === 'cert' ? read.named('auth-config') : new Map<string, string>()
  const file = (name: 'client-cert' | 'client-key' | 'ca-cert') => given.get(name) ?? read.values[name]
  const [certFile, keyFile, caFile] = [file('client-cert'), file('client-key'), file('ca-cert')]
  return {
    ...(certFile !== '' && keyFile !== '' && { certFile, keyFile }),
    ...(caFile !== '' && { caFile }),
  }
}

/** @param account the file with the pod's own token */
export const authOf = (read: Read, account: string): Auth => {
  const given = read.named('auth-config')
  const method = ourMethod(read.values['auth-type'])
  const path = pathOf(read)
  switch (method) {
    case 'approle': {
      const secretId = given.get('secret-id-file-path')
      const creationPath = given.get('secret-id-response-wrapping-path')
      const wrapped = creationPath !== undefined && creationPath !== ''
      return {
        method,
        path,
        roleIdFile: given.get('role-id-file-path') ?? '',
        ...(secretId !== undefined && (wrapped ? { wrappedFile: secretId, creationPath } : { secretIdFile: secretId })),
      }
    }
    case 'cert': {
      const role = given.get('name')
      return { method, path, ...(role !== undefined && { role }) }
    }
    case 'token_file':
      return { method: 'token-file', tokenFile: given.get('token-file-path') ?? '' }
    case 'kubernetes':
    case 'jwt':
    // A method that we lack is for another engine.
    case undefined: {
      const role = read.values.role || (given.get('role') ?? '')
      const tokenFile = given.get(method === 'jwt' ? 'path' : 'token-path') ?? account
      return { method: method === 'jwt' ? 'jwt' : 'kubernetes', path, role, tokenFile }
    }
  }
}

/** vault-k8s would send every method to auth/kubernetes where nobody says where it is. */
const pathOf = (read: Read): string => {
  const method = read.values['auth-type']
  const elsewhere = read.originOf('auth-path') === undefined && !usesAccount(read)
  return elsewhere ? method : withoutAuth(read.values['auth-path'])
}
