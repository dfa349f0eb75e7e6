/** Somebody's words inside our sentence: in quotes, control characters escaped, cut when they are long. */
export const quote = (text: string, longest = 64): string =>
  JSON.stringify(text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text)
