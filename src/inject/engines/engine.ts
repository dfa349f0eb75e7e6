import type { Container, Volume } from '../pod.ts'
import type { Problem } from '../reasons.ts'

/** What an engine makes of a wish: the two containers, and the volumes they and the app need. */
export type Engineered = {
  readonly volumes: readonly Volume[]
  readonly init: Container
  readonly sidecar: Container
  readonly problems: readonly Problem[]
}
