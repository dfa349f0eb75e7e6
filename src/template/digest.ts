import { createHash, createHmac } from 'node:crypto'
import type { Digest } from './value.ts'

/** Node's own, whose loading costs more than most templates: only for those that use it. */
export const digest: Digest = (algorithm, data, key) =>
  (key === undefined ? createHash(algorithm) : createHmac(algorithm, key)).update(data).digest('hex')
