/** What a sticky expression finds at this place: the match and its groups; nothing where it does not match. */
export const matchAt = (sticky: RegExp, text: string, at: number): readonly (string | undefined)[] => {
  sticky.lastIndex = at
  return sticky.exec(text) ?? []
}

/** The same of an expression that always matches, be it with nothing. */
export const takenAt = (sticky: RegExp, text: string, at: number): string => matchAt(sticky, text, at).join('')
