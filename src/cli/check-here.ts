import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../agent/agent.ts'
import { machineTime, steadily } from '../agent/clock.ts'
import type { Io } from '../command.ts'
import { names } from '../contract.ts'
import { decodeConfig } from '../decode-config.ts'
import type { Looked } from './check-live.ts'
import { lookAtVault } from './check-vault.ts'

/** Looks at Vault from where podvault was injected, by what it was told there. @throws PodvaultError where that is nothing */
export const checkHere = async ({ env, stop: signal }: Pick<Io, 'env' | 'stop'>): Promise<Looked> => {
  const moment = steadily(() => Date.now(), machineTime, undefined)
  const clock: Clock = {
    now: () => moment().now,
    moment,
    random: () => Math.random(),
    sleep: milliseconds => sleep(milliseconds, undefined, { signal }),
  }
  const findings = await lookAtVault({ config: decodeConfig(env[names.configVariable]), clock, signal })
  return { findings, namespace: undefined }
}
