import type { Functions } from './callable.ts'
import { sprigData } from './sprig-data.ts'
import { sprigMath } from './sprig-math.ts'
import { sprigMore } from './sprig-more.ts'
import { sprigText } from './sprig-text.ts'

/** All of sprig that gives the same for the same values, as consul-template names it. */
export const sprigFunctions: Functions = Object.fromEntries(
  [sprigText, sprigMath, sprigData, sprigMore].flatMap(functions =>
    Object.entries(functions).map(([name, callable]) => [`sprig_${name}`, callable]),
  ),
)
