// A pod that is there for a moment: made, waited for, heard, and taken away whatever happens.
import { PodvaultError } from '../../errors.ts'
import type { Pod } from '../../inject/pod.ts'
import { type Finding, found } from './table.ts'
import { findingsIn, hasNoImage, probeContainer, stageOf } from './probe-pod.ts'
import { wordsOf } from '../facts.ts'
import type { Kubectl, KubectlText } from '../kubectl.ts'

/** The ways to a cluster. */
export type Cluster = {
  readonly json: Kubectl
  readonly text: KubectlText
  /** As text, and not given up when the command is stopped. */
  readonly farewell: KubectlText
}

/** Time, from outside. Milliseconds; sleep rejects when the command is stopped. */
export type Waiting = { readonly now: () => number; readonly sleep: (milliseconds: number) => Promise<unknown> }

/** An image may have to be pulled. Milliseconds. */
const longest = 90_000

/** Has the pod look at Vault, and gives what it has found. @throws what is no word of kubectl's */
export const probe = async (
  cluster: Cluster,
  namespace: string,
  pod: Pod,
  waiting: Waiting,
): Promise<readonly Finding[]> => {
  const place = [String(pod.metadata?.name), '--namespace', namespace]
  const gone = ['delete', 'pod', ...place, '--ignore-not-found', '--wait=false', '--grace-period=1']
  return heard(cluster, place, pod, waiting)
    .catch((error: unknown) => {
      if (!(error instanceof PodvaultError)) throw error
      return [found('probe', 'unknown', wordsOf(error), 'ask with the right to create pods, and to read their logs')]
    })
    .finally(async () => cluster.farewell(gone).catch(() => undefined))
}

const heard = async (
  cluster: Cluster,
  place: readonly string[],
  pod: Pod,
  waiting: Waiting,
): Promise<readonly Finding[]> => {
  const [name, ...namespace] = place
  await cluster.text(['create', '--filename', '-', ...namespace], JSON.stringify(pod))
  const stuck = await untilEnded(cluster, ['get', 'pod', ...place], waiting)
  if (stuck !== undefined)
    return [
      found(
        'probe',
        'failure',
        `pod ${name} does not start: ${stuck}`,
        'see what keeps pods of this namespace from starting',
      ),
    ]
  const log = await cluster.text(['logs', ...place, '--container', probeContainer])
  const last = log.trim().split('\n').at(-1)
  return (
    findingsIn(log) ?? [
      found(
        'probe',
        'failure',
        `the podvault of its image has looked at nothing: ${last}`,
        'use this podvault and an image of the same version',
      ),
    ]
  )
}

/** @returns why it has not, when the time is over */
const untilEnded = async (
  { json }: Cluster,
  asked: readonly string[],
  { now, sleep }: Waiting,
): Promise<string | undefined> => {
  const deadline = now() + longest
  for (;;) {
    const { ended, stuck } = stageOf(await json(...asked))
    if (ended) return undefined
    if (now() > deadline || hasNoImage(stuck)) return stuck
    await sleep(1000)
  }
}
