import type { Problem } from './reasons.ts'

/** Bytes that etcd, kubectl and the API server's log can all carry without cutting. */
const longest = 1024

/** All problems of a pod in one message; what does not fit is counted. */
export const refusalMessage = (problems: readonly Problem[]): string => {
  const messages = problems.map(({ message }) => message)
  const intro = messages.length === 1 ? '' : `${messages.length} problems: `
  let text = intro
  for (const [index, message] of messages.entries()) {
    const next = `${index === 0 ? '' : '; '}${messages.length === 1 ? '' : `(${index + 1}) `}${message}`
    if (index > 0 && Buffer.byteLength(text + next) > longest) return `${text}; and ${messages.length - index} more`
    text += next
  }
  return text
}
