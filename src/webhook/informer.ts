import { sentence } from '../errors.ts'
import { refusalMessage } from '../inject/refusal.ts'
import type { Log } from '../log.ts'
import { backoff } from '../vault/retry.ts'
import { AnswerError, ApiError, type ApiServer } from './api-server.ts'
import { type ConfigMap, fileProblems } from './configmap.ts'
import { type ConfigMapStore, nameOf } from './configmap-store.ts'
import { cut } from './cut.ts'
import { pause } from './keep.ts'
import { type Change, follow, list } from './watch.ts'

/** How it stands with the watch of the ConfigMaps that hold secrets files. */
export type WatchStatus = {
  /** `refused`: the API server says no. It is asked again much later; podvault goes on without what it would know. */
  readonly state: 'starting' | 'watching' | 'retrying' | 'refused'
  /** All ConfigMaps have been read once. */
  readonly isSynced: boolean
  /** When the API server last said something: a change, or that there is none. */
  readonly heardAt: Date | undefined
  /** Why it is not watching. */
  readonly problem: string | undefined
}

export type Informer = {
  readonly status: () => WatchStatus
  /** Ends when it is told to stop. */
  readonly run: () => Promise<void>
}

export type InformerParts = {
  readonly api: ApiServer
  readonly store: ConfigMapStore
  readonly log: Log
  readonly stop: AbortSignal
  readonly now: () => Date
  /** At least 0, below 1. */
  readonly random: () => number
  /** Called for a ConfigMap that there is no room for. */
  readonly leftOut: () => void
  readonly pauses?: Pauses
}

/** Milliseconds: the longest between two attempts, and between two after a refusal. */
export type Pauses = { readonly longest: number; readonly refused: number }

const usualPauses: Pauses = { longest: 30_000, refused: 5 * 60_000 }

/** An API server that has just started refuses everybody for some seconds; a refusal counts after so many in a row. */
const settled = 5

/**
 * Knows the labelled ConfigMaps of all namespaces: reads them once, then follows their changes, and goes on after every
 * interruption from where it was.
 */
export const createInformer = (parts: InformerParts): Informer => {
  const { api, store, log, stop, now, random, pauses = usualPauses } = parts
  let status: WatchStatus = { state: 'starting', isSynced: false, heardAt: undefined, problem: undefined }
  let from: string | undefined
  let failures = 0

  const heard = (): void => {
    if (status.problem !== undefined) log.info('the ConfigMaps with secrets files are watched again')
    status = { state: 'watching', isSynced: true, heardAt: now(), problem: undefined }
  }
  const round = async (): Promise<End> => {
    try {
      if (from === undefined) {
        from = await listAll(parts, !status.isSynced)
        heard()
        log.info(`${store.size()} ConfigMaps with secrets files are known`)
      }
      const seconds = 240 + Math.floor(60 * random())
      for await (const change of follow(api, stop, from, seconds, heard)) {
        from = change.version
        failures = 0
        heard()
        apply(change, parts)
      }
      return {}
    } catch (error) {
      return endOf(error)
    }
  }
  const note = (problem: string, state: 'refused' | 'retrying'): void => {
    if (status.problem === undefined || status.state !== state) log.warn(`${sentences[state]}: ${cut(problem, 500)}`)
    status = { ...status, state, problem }
  }
  const run = async (): Promise<void> => {
    for (let wait = 0; await pause(wait, stop);) {
      const { problem, isRefusal = false, isLost = false } = await round()
      if (isLost) from = undefined
      if (problem !== undefined && !stop.aborted)
        note(problem, isRefusal && failures >= settled ? 'refused' : 'retrying')
      wait = backoff({ failures, random: random(), longest: isRefusal ? pauses.refused : pauses.longest })
      failures += 1
    }
  }
  return { status: () => status, run }
}

/** @param isFirst not every single ConfigMap is worth a line then */
const listAll = async (parts: InformerParts, isFirst: boolean): Promise<string> => {
  const names = new Set<string>()
  const version = await list(parts.api, parts.stop, configMap => {
    names.add(nameOf(configMap))
    put(configMap, parts, isFirst)
  })
  for (const name of parts.store.keepOnly(names)) sayGone(name, parts)
  return version
}

const apply = (change: Change, parts: InformerParts): void => {
  if (change.kind === 'put') put(change.configMap, parts, false)
  if (change.kind !== 'remove') return
  parts.store.remove(change.configMap)
  sayGone(nameOf(change.configMap), parts)
}

const sayGone = (configMap: string, { log }: InformerParts): void => log.info({ configMap }, 'secrets files are gone')

/** Stores a ConfigMap, and says what is new about it and what is wrong. */
const put = (read: ConfigMap, { store, log, leftOut }: InformerParts, isQuiet: boolean): void => {
  const before = store.lookup(read.namespace, read.name)
  const files = store.put(read)
  const configMap = nameOf(read)
  if (files === before && files !== undefined) return
  if (files === undefined) {
    leftOut()
    log.warn(
      { configMap },
      'there is no room to remember its secrets files: their variables do not reach the environment',
    )
    return
  }
  const problems = fileProblems(files)
  if (problems.length > 0)
    log.warn({ configMap }, `its secrets files are malformed: ${cut(refusalMessage(problems), 1024)}`)
  else if (!isQuiet) log.info({ configMap, keys: files.size }, 'secrets files are known')
}

/** Why a watch came to its end; the API server ends each after some minutes without any problem. */
type End = {
  readonly problem?: string
  /** The API server has understood, and does not want: to ask again soon changes nothing. */
  readonly isRefusal?: boolean
  /** Where it was is no place to go on from: it is too long ago, or what is said there is not understood. */
  readonly isLost?: boolean
}

const endOf = (error: unknown): End => {
  const problem = sentence(error)
  if (error instanceof AnswerError) return { problem, isLost: true }
  if (!(error instanceof ApiError)) return { problem }
  const { status } = error
  return status === 410 ? { isLost: true } : { problem, isRefusal: status >= 400 && status < 500 && status !== 429 }
}

const sentences = {
  refused:
    'the API server lets podvault not watch the ConfigMaps with secrets files, so their variables do not reach the environment; its ClusterRole must allow to list and watch configmaps',
  retrying: 'the ConfigMaps with secrets files are not watched at the moment, and will be as soon as possible',
} as const
