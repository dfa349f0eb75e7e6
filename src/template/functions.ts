import { builtins } from './builtins.ts'
import type { Functions } from './callable.ts'
import { helperFunctions } from './helper-functions.ts'
import { mathFunctions } from './math-functions.ts'
import { runFunctions } from './run-functions.ts'
import { sprigFunctions } from './sprig.ts'
import { vaultFunctions } from './vault-functions.ts'

/** All functions a template may use. */
export const functions: Functions = {
  ...builtins,
  ...vaultFunctions,
  ...helperFunctions,
  ...mathFunctions,
  ...runFunctions,
  ...sprigFunctions,
}
