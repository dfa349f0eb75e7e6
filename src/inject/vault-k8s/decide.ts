import { type Decision, skip } from '../decision.ts'
import type { Pod } from '../pod.ts'
import type { Settings } from '../settings.ts'

/** Decides about a pod that carries `vault.hashicorp.com/agent-inject`. */
export const decideVaultK8s = (_pod: Pod, _namespace: string, _settings: Settings): Decision => skip('not-requested')
