// PURE: from what was read to what hooks stand for.
import type { AgentConfig, OnChange } from '../contract.ts'
import { fragmentOf } from './fragment.ts'
import type { ShownToken, Values } from './values.ts'
import { hookOf, type Wanted } from './wanted.ts'

/** What the app sees of everything that one hook stands for. */
export type Shown = { readonly onChange: OnChange; readonly content: string }

/** Everything that hooks stand for, one content for each: it differs when what the app sees of it does. @throws as render */
export const shownOf = (config: AgentConfig, wanted: Wanted, values: Values, token: ShownToken): readonly Shown[] => {
  const shown = new Map<string, { readonly onChange: OnChange; readonly parts: unknown[] }>()
  const add = (onChange: OnChange | undefined, part: unknown): void => {
    if (onChange === undefined) return
    const key = JSON.stringify(onChange)
    const known = shown.get(key) ?? { onChange, parts: [] }
    known.parts.push(part)
    shown.set(key, known)
  }
  if (config.token !== undefined) add(config.onChange, token.value)
  for (const file of wanted.files)
    for (const entry of file.entries) {
      const onChange = hookOf(entry, config)
      if (onChange !== undefined) add(onChange, fragmentOf(config, wanted, entry, values))
    }
  return Array.from(shown.values(), ({ onChange, parts }) => ({ onChange, content: JSON.stringify(parts) }))
}
