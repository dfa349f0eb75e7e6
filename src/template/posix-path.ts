/** Go's package path. */
const clean = (path: string): string => {
  const rooted = path.startsWith('/')
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') names.push(name)
    else if (names.length > 0 && names.at(-1) !== '..') names.pop()
    else if (!rooted) names.push(name)
  }
  const joined = (rooted ? '/' : '') + names.join('/')
  return joined === '' ? '.' : joined
}

const base = (path: string): string => {
  const names = path.split('/').filter(name => name !== '')
  return names.at(-1) ?? (path === '' ? '.' : '/')
}

const dir = (path: string): string => clean(path.slice(0, path.lastIndexOf('/') + 1))

const ext = (path: string): string => {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot < 0 ? '' : name.slice(dot)
}

export const posix = { clean, base, dir, ext } as const
