/** Requests that are being received or answered. Beyond the limits the API server is asked to come back in a second. */
export type Load = {
  /** False when the request is one too many; every true must be followed by one `leave` with the same size. */
  readonly enter: (bytes: number) => boolean
  readonly leave: (bytes: number) => void
  readonly requests: () => number
}

export type Limits = { readonly requests: number; readonly bytes: number }

/**
 * Counts requests and the bytes their senders have announced, because bodies are held in memory until they are complete.
 * Complete ones are answered at once and count for nothing: they wait in the kernel, at no cost, and sending one away would
 * cost as much as answering it.
 */
export const createLoad = (limits: Limits): Load => {
  let [requests, bytes] = [0, 0]
  return {
    enter: more => {
      // A single request may always come in: its own size has a limit of its own.
      if (requests > 0 && (requests >= limits.requests || bytes + more > limits.bytes)) return false
      requests += 1
      bytes += more
      return true
    },
    leave: less => {
      requests -= 1
      bytes -= less
    },
    requests: () => requests,
  }
}
