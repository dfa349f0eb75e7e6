/** At most so many bytes of a text, with an ellipsis where something is missing. */
export const cut = (text: string, most: number): string => {
  if (text.length * 3 <= most || Buffer.byteLength(text) <= most) return text
  const bytes = Buffer.from(text).subarray(0, most - Buffer.byteLength('…'))
  // A character that was cut through decodes to replacement characters.
  return `${bytes.toString().replace(/\uFFFD+$/, '')}…`
}

/** What kubectl shows whole. https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response */
const longestWarning = 120
const mostWarnings = 5

/** Warnings as they may be sent; what is too much is counted. */
export const shortWarnings = (warnings: readonly string[]): readonly string[] => {
  const shown = warnings.slice(0, warnings.length > mostWarnings ? mostWarnings - 1 : mostWarnings)
  const rest = warnings.length - shown.length
  return [...shown, ...(rest > 0 ? [`and ${rest} more warnings`] : [])].map(warning => cut(warning, longestWarning))
}
