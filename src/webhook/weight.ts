/** What a body may hold. A pod of Kubernetes has some twenty levels, and one of 3 MiB less than a third of the others. */
const most = { levels: 1000, lists: 400_000, members: 1_200_000 }

/** Shorter bodies cannot take much memory, whatever they hold. */
const short = 64 * 1024

/**
 * Why a JSON text must not be parsed: what seven megabytes of `[` become in memory is a hundred times as much, which is more
 * than a container has. Looks at brackets and commas outside of strings only; whether it is JSON is for the parser to say.
 */
export const tooHeavy = (text: string): string | undefined => {
  if (text.length <= short) return undefined
  let [levels, deepest, lists, members, isQuoted] = [0, 0, 0, 0, false]
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === backslash) index += 1
    else if (code === quote) isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (code === comma) members += 1
    else if (code === brace || code === bracket) {
      lists += 1
      levels += 1
      if (levels > deepest) deepest = levels
    } else if (code === closingBrace || code === closingBracket) levels -= 1
  }
  if (deepest > most.levels) return `the body is nested more than ${most.levels} levels deep`
  if (lists > most.lists) return `the body has more than ${most.lists} objects and lists`
  return members > most.members ? `the body has more than ${most.members} members` : undefined
}

const [quote, comma, bracket, backslash, closingBracket, brace, closingBrace] = [34, 44, 91, 92, 93, 123, 125]
