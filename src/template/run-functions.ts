import { bytesOf } from './bytes.ts'
import { fn, type Functions, variadic } from './callable.ts'
import { TemplateError } from './errors.ts'
import type { Run } from './value.ts'

/** The functions of consul-template that touch what is around a template: its environment, its files, other templates. */
export const runFunctions: Functions = {
  env: fn(['string'], ([name], run) => variable(run, name) ?? ''),
  envOrDefault: fn(['string', 'string'], ([name, otherwise], run) => variable(run, name) ?? otherwise),
  mustEnv: fn(['string'], ([name], run) => {
    const value = variable(run, name) ?? ''
    if (value === '') throw new TemplateError(`the variable is empty`)
    return value
  }),
  executeTemplate: variadic(['string'], 'any', ([name, ...data], run) => {
    if (data.length > 1) throw new TemplateError('it takes a name and one value')
    return run.include(name, data[0] ?? undefined)
  }),
  scratch: fn([], (_, run) => run.scratch),
  writeToFile: variadic(['string', 'string', 'string', 'string'], 'string', (args, run) => writeToFile(args, run)),
}

const variable = ({ env }: Run, name: string): string | undefined => (Object.hasOwn(env, name) ? env[name] : undefined)

/** `contents | writeToFile path user group mode [flags]`: noted, and left to whoever runs the template. */
const writeToFile = (
  [path, user, group, mode, ...others]: readonly [string, string, string, string, ...string[]],
  run: Run,
): string => {
  const contents = others.at(-1)
  if (contents === undefined) throw new TemplateError('there are no contents')
  if (!/^[0-7]{1,10}$/.test(mode)) throw new TemplateError('the mode is no octal number')
  const flags = others.length === 2 ? String(others[0]) : ''
  run.spend(contents.length >> 3)
  run.write({
    path,
    user,
    group,
    mode: Number.parseInt(mode, 8),
    append: flags.includes('append'),
    contents: bytesOf(flags.includes('newline') ? `${contents}\n` : contents),
  })
  return ''
}
