/** Somebody's words inside our sentence: in quotes, control characters escaped, cut after 64 characters. */
export const quote = (text: string): string =>
  JSON.stringify(text.length > 64 ? `${text.slice(0, 64).toWellFormed()}…` : text)
