/** Says it at most once in so many milliseconds, however often it is to be said. @param clock milliseconds that only ever grow */
export const seldom = <T extends readonly unknown[]>(
  milliseconds: number,
  clock: () => number,
  say: (...what: T) => void,
): ((...what: T) => void) => {
  let said = -Infinity
  return (...what) => {
    if (clock() - said < milliseconds) return
    said = clock()
    say(...what)
  }
}
