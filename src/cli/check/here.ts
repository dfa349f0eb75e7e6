import { realClock } from '../../agent/run.ts'
import type { Io } from '../../command.ts'
import { names } from '../../contract.ts'
import { decodeConfig } from '../../decode-config.ts'
import type { Looked } from './live.ts'
import { lookAtVault } from './vault.ts'

/** Looks at Vault from where podvault was injected, by what it was told there. @throws PodvaultError where that is nothing */
export const checkHere = async ({ env, stop: signal }: Pick<Io, 'env' | 'stop'>): Promise<Looked> => ({
  findings: await lookAtVault({ config: decodeConfig(env[names.configVariable]), clock: realClock(undefined), signal }),
  namespace: undefined,
})
