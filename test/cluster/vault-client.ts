/** Vault as its administrator sees it. Paths are those of the API, without `/v1/`. */
export type Vault = {
  readonly address: string
  readonly token: string
  readonly read: <T>(path: string) => Promise<T>
  readonly write: <T = unknown>(path: string, body: object) => Promise<T>
  readonly remove: (path: string) => Promise<void>
}

export const vaultClient = (address: string, token: string): Vault => {
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${address}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`)
    return (answer === '' ? undefined : JSON.parse(answer)) as T
  }
  return {
    address,
    token,
    read: path => call('GET', path),
    write: (path, body) => call('PUT', path, body),
    remove: path => call('DELETE', path),
  }
}
