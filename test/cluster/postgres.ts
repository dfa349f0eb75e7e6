import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { node, run } from './place.ts'
import { execute, start, until } from './processes.ts'

/** Debian keeps the servers of each version in a folder of their own. */
export const postgresBin = (): string => {
  const versions = readdirSync('/usr/lib/postgresql').map(Number)
  return `/usr/lib/postgresql/${Math.max(...versions)}/bin`
}

const asPostgres = ['--reuid=postgres', '--regid=postgres', '--clear-groups', '--']

export const superuser = { username: 'postgres', password: 'superuser' } as const

/** Starts PostgreSQL at the node's address, port 5432. */
export const startPostgres = async (): Promise<void> => {
  const bin = postgresBin()
  const folder = `${run}/postgres`
  mkdirSync(folder)
  const uid = Number(execute('id', '-u', 'postgres'))
  chownSync(folder, uid, Number(execute('id', '-g', 'postgres')))
  writeFileSync(`${folder}/password`, superuser.password)
  chownSync(`${folder}/password`, uid, uid)
  const initialise = [join(bin, 'initdb'), '-D', `${folder}/data`, '--no-sync', '--locale=C', '-U', superuser.username]
  execute('setpriv', ...asPostgres, ...initialise, '-A', 'scram-sha-256', '--pwfile', `${folder}/password`)
  writeFileSync(`${folder}/data/pg_hba.conf`, 'host all all 10.0.0.0/8 scram-sha-256\n')
  const settings = { listen_addresses: node, unix_socket_directories: '', fsync: 'off', max_connections: '200' }
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
  const server = start('postgres', 'setpriv', [...asPostgres, join(bin, 'postgres'), '-D', `${folder}/data`, ...flags])
  await until('PostgreSQL', server, () => {
    execute('pg_isready', '-h', node)
    return true
  })
}
