import type { Callable, Dict, List, Parameter, Run, Value } from './value.ts'

type Of<P> = P extends 'string'
  ? string
  : P extends 'int'
    ? bigint
    : P extends 'bool'
      ? boolean
      : P extends 'float64'
        ? number
        : P extends `map[${string}`
          ? Dict
          : P extends `[]${string}`
            ? List
            : Value

type Args<P extends readonly Parameter[]> = { readonly [K in keyof P]: Of<P[K]> }

/** A function of templates with the types of its parameters: arguments of other types never reach it. */
export const fn = <const P extends readonly Parameter[]>(
  parameters: P,
  call: (args: Args<P>, run: Run) => Value,
): Callable => ({ parameters, call: call as unknown as Callable['call'] })

/** The same with any number of arguments behind the fixed ones. */
export const variadic = <const P extends readonly Parameter[], R extends Parameter>(
  parameters: P,
  rest: R,
  call: (args: readonly [...Args<P>, ...Of<R>[]], run: Run) => Value,
): Callable => ({ parameters, rest, call: call as unknown as Callable['call'] })

export type Functions = Readonly<Record<string, Callable>>
