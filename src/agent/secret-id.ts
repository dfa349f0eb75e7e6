import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { AppRoleAuth } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { objectOf, text } from '../shape.ts'
import { ask, lookUpWrapping, type Options } from '../vault/api.ts'
import type { Outcome } from '../vault/responses.ts'
import type { Failure } from '../vault/retry.ts'
import type { Agent } from './agent.ts'
import { credential } from './credential.ts'
import { writeDurably } from './files.ts'
import { wordsOf } from './refusal.ts'
import { hashOf } from './state.ts'

type Few = Pick<Agent, 'config' | 'vault'>

/** The secret id as it was given, or out of its wrapping; undefined where the AppRole wants none. @throws PodvaultError */
export const secretIdOf = async (
  agent: Few,
  auth: AppRoleAuth,
  options: () => Options,
): Promise<Outcome<string | undefined>> => {
  const { secretIdFile, wrappedFile } = auth
  if (wrappedFile !== undefined && (secretIdFile === undefined || existsSync(wrappedFile)))
    return unwrapped(agent, auth, wrappedFile, options)
  return { kind: 'ok', value: secretIdFile === undefined ? undefined : credential(secretIdFile, 'the secret id') }
}

/** A wrapping token can be used once: what was in it is kept in memory beside the state, for logins to come. */
const unwrapped = async (
  { config, vault }: Few,
  auth: AppRoleAuth,
  file: string,
  options: () => Options,
): Promise<Outcome<string>> => {
  const token = credential(file, 'the wrapping token')
  const wrapping = hashOf(token)
  const kept = keptIn(config.folders.state)
  if (kept?.wrapping === wrapping) return { kind: 'ok', value: kept.secretId }
  const origin = await lookUpWrapping(vault, token, options())
  if (origin.kind !== 'ok') return orTheft(origin, file)
  if (!isRight(auth, origin.value)) throw swapped(file, auth)
  const request = { method: 'POST', path: 'sys/wrapping/unwrap' } as const
  const secretId = await ask(vault, { token, ...options() }, request, 'secret_id')
  if (secretId.kind !== 'ok') return orTheft(secretId, file)
  keep(config.folders.state, { wrapping, secretId: secretId.value })
  return secretId
}

const isRight = ({ path, creationPath }: AppRoleAuth, origin: string): boolean => {
  if (creationPath !== undefined) return origin === creationPath
  const [before, after] = [`auth/${path}/role/`, '/secret-id']
  const role = origin.slice(before.length, -after.length)
  return origin.startsWith(before) && origin.endsWith(after) && /^[^/]+$/.test(role)
}

/** What Vault says of a wrapping token that it does not know, or not any more. */
const unknown: readonly number[] = [400, 403, 404]

const orTheft = (failure: Failure, file: string): Failure => {
  if (failure.kind === 'status' && unknown.includes(failure.status)) throw stolen(file, failure)
  return failure
}

/** Vault does not say which of both it is. */
const stolen = (file: string, failure: Failure): PodvaultError =>
  new PodvaultError(
    'vault-refused',
    `the wrapping token in ${file} has been used already, or its time is over (${wordsOf(failure)})`,
    {
      hint: 'if nobody of yours has unwrapped it, take the secret id for stolen: destroy it, look for the unwrap in the audit log of Vault, and hand over a new one',
    },
  )

const swapped = (file: string, { path, creationPath }: AppRoleAuth): PodvaultError =>
  new PodvaultError(
    'vault-refused',
    `the wrapping token in ${file} was not made at ${creationPath ?? `auth/${path}/role/…/secret-id`}: somebody may have put it in the place of the right one`,
    { hint: 'it has not been unwrapped; find out where it comes from, and hand over a new one' },
  )

type Kept = { readonly wrapping: string; readonly secretId: string }

const fileName = 'secret-id.json'
const keptShape = objectOf({ wrapping: text, secretId: text })

const keptIn = (folder: string): Kept | undefined => {
  try {
    return keptShape(JSON.parse(readFileSync(join(folder, fileName), 'utf8')), '')
  } catch {
    return undefined
  }
}

const keep = (folder: string, kept: Kept): void => {
  mkdirSync(folder, { recursive: true })
  const temporary = join(folder, `${fileName}.next`)
  writeDurably(temporary, JSON.stringify(kept), 0o600)
  renameSync(temporary, join(folder, fileName))
}
