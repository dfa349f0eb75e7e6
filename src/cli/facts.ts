import { sentence } from '../errors.ts'

/** What was learned of the cluster, or why it was not. */
export type Fact<T> = { readonly value: T } | { readonly lack: string }

/** Never rejects. @param lack what is not known without it */
export const factOf = async <T>(lack: string, answer: Promise<T>): Promise<Fact<T>> =>
  answer.then(
    value => ({ value }),
    (error: unknown) => ({ lack: lack === '' ? wordsOf(error) : `${lack}: ${wordsOf(error)}` }),
  )

/** Of kubectl only what the API server has said. */
export const wordsOf = (error: unknown): string =>
  sentence(error).replace(
    /^kubectl failed: (?:Error from server(?: \(\w+\))?: )?(?:error when creating "STDIN": )?/,
    '',
  )
