import type { Entry, OutputFile } from '../../../contract.ts'
import { type Checked, checkTemplate } from '../../../template/check.ts'
import { annotations } from '../../vault-k8s/annotations.ts'
import { type DefaultTemplate, delimitersOf, plainOf, templateText } from '../../vault-k8s/default-template.ts'
import type { Secret } from '../../vault-k8s/secrets.ts'
import type { Wish } from '../../vault-k8s/wish.ts'
import { folders } from '../../volumes.ts'

/** In the agent the volumes lie side by side, wherever the app has them: no folder of secrets is inside another. */
export const agentFolder = (index: number): string => (index === 0 ? folders.secrets : `/podvault/custom-${index - 1}`)

/** One read for each path, whatever is made of it; templates ask for themselves. */
export const entriesOf = (wish: Wish): readonly Entry[] => {
  const fallback = wish.read.values['agent-inject-default-template']
  const plain = wish.secrets.flatMap(secret => {
    const found = plainOf(secret, fallback)
    return found === undefined ? [] : [{ ...found, file: fileOf(wish, secret, { format: found.format }) }]
  })
  const templates = wish.secrets
    .filter(secret => plainOf(secret, fallback) === undefined)
    .map(secret => fileOf(wish, secret, templateOf(secret, fallback)))
  const entries = Array.from(
    Map.groupBy(plain, ({ path }) => path),
    ([path, files]) => ({
      path,
      ...(files[0]?.kv !== undefined && { kv: files[0].kv }),
      env: [],
      files: files.map(({ file }) => file),
    }),
  )
  return templates.length === 0 ? entries : [...entries, { env: [], files: templates }]
}

type Form = Omit<OutputFile, 'name' | 'mode' | 'folder'>

const templateOf = (secret: Secret, fallback: DefaultTemplate): Form => {
  const { templateFile, errorOnMissingKey } = secret
  const { left, right } = delimitersOf(secret)
  const text = templateText(secret, fallback)
  return {
    format: 'template',
    ...(text === undefined ? { templateFile } : { template: text }),
    ...((left !== '{{' || right !== '}}') && { delimiters: [left, right] }),
    ...(!errorOnMissingKey && { lenient: true }),
  }
}

/** Whether a template reads its environment, or writes files of its own; what stands in a file may do anything. */
export const usesOf = ({ secrets, read }: Wish): Pick<Checked, 'readsEnv' | 'writes'> => {
  const uses = secrets.flatMap(secret => {
    const text = templateText(secret, read.values['agent-inject-default-template'])
    if (text === undefined) return secret.templateFile === '' ? [] : [{ readsEnv: true, writes: true }]
    return /env|writeToFile/i.test(text) ? [checkTemplate(text, delimitersOf(secret))] : []
  })
  return { readsEnv: uses.some(({ readsEnv }) => readsEnv), writes: uses.some(({ writes }) => writes) }
}

const fileOf = ({ folders: all }: Wish, secret: Secret, form: Form): OutputFile => {
  const mode = annotations['agent-inject-perms'].kind.read(secret.perms)
  const index = all.indexOf(secret.folder)
  return {
    name: secret.file ?? secret.key,
    ...form,
    ...(typeof mode === 'number' && { mode }),
    ...(index > 0 && { folder: agentFolder(index) }),
  }
}
