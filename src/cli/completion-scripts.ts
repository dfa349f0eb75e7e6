import type { Flag } from '../webhook/flags.ts'

/** A command with all that can be completed of it. */
export type Completed = { readonly name: string; readonly doc: string; readonly flags: readonly Flag[] }

type Script = (commands: readonly Completed[]) => string

const wordsOf = (flags: readonly Flag[]): readonly string[] =>
  flags.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short]))

const isFile = ({ argument }: Flag): boolean => /file|folder/.test(argument)

const lines = (...parts: readonly (string | readonly string[])[]): string => `${parts.flat().join('\n')}\n`

const complete = (words: readonly string[]): string => `COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$word"))`

const bash: Script = commands => {
  const values = commands.flatMap(({ name, flags }) =>
    flags
      .filter(({ argument }) => argument !== '')
      .map(flag => {
        const places = wordsOf([flag]).map(word => `"${name} ${word}"`)
        // Without an answer bash completes files.
        return `    ${places.join(' | ')}) ${flag.choices.length > 0 ? complete(flag.choices) : 'COMPREPLY=()'}; return ;;`
      }),
  )
  return lines(
    '# source <(podvault completion bash)',
    '_podvault() {',
    '  local word=${COMP_WORDS[COMP_CWORD]}',
    `  if [ "$COMP_CWORD" -eq 1 ]; then ${complete([...commands.map(({ name }) => name), 'help'])}; return; fi`,
    '  case "${COMP_WORDS[1]} ${COMP_WORDS[COMP_CWORD - 1]}" in',
    values,
    '  esac',
    '  case "${COMP_WORDS[1]}" in',
    `    help) ${complete(commands.map(({ name }) => name))} ;;`,
    commands
      .filter(({ flags }) => flags.length > 0)
      .map(({ name, flags }) => `    ${name}) ${complete([...wordsOf(flags), '--help'])} ;;`),
    '  esac',
    '}',
    'complete -o default -F _podvault podvault',
  )
}

/** In single quotes, as zsh and fish read them. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** As _arguments and _describe read it. */
const plain = (text: string): string => text.replaceAll(/[[\]:\\]/g, String.raw`\$&`)

const zshFlag = (flag: Flag): string => {
  const action = isFile(flag) ? '_files' : flag.choices.length > 0 ? `(${flag.choices.join(' ')})` : ' '
  const value = flag.argument === '' ? '' : `:${plain(flag.argument)}:${action}`
  return wordsOf([flag])
    .map(word => quoted(`*${word}[${plain(flag.description)}]${value}`))
    .join(' ')
}

const zsh: Script = commands =>
  lines(
    '#compdef podvault',
    '_podvault() {',
    '  local -a commands',
    `  commands=(${commands.map(({ name, doc }) => quoted(`${name}:${plain(doc)}`)).join(' ')})`,
    '  if (( CURRENT == 2 )); then _describe command commands; return; fi',
    '  shift words',
    '  (( CURRENT-- ))',
    '  case $words[1] in',
    '    help) _describe command commands ;;',
    commands
      .filter(({ flags }) => flags.length > 0)
      .map(({ name, flags }) => `    ${name}) _arguments ${flags.map(zshFlag).join(' ')} '--help[show help]' ;;`),
    '  esac',
    '}',
    // Sourced, or loaded by its name from a folder of functions.
    'if [ "$funcstack[1]" = _podvault ]; then _podvault; else compdef _podvault podvault; fi',
  )

const fishFlag = (name: string, flag: Flag): string =>
  [
    `complete -c podvault -n '__fish_seen_subcommand_from ${name}' -l ${flag.long.slice(2)}`,
    ...(flag.short === undefined ? [] : [`-s ${flag.short.slice(1)}`]),
    ...(flag.argument === '' ? ['-f'] : isFile(flag) ? ['-r -F'] : ['-x']),
    ...(flag.choices.length > 0 ? [`-a '${flag.choices.join(' ')}'`] : []),
    `-d ${quoted(flag.description)}`,
  ].join(' ')

const fish: Script = commands =>
  lines(
    '# podvault completion fish | source',
    commands.map(({ name, doc }) => `complete -c podvault -n __fish_use_subcommand -f -a ${name} -d ${quoted(doc)}`),
    commands.flatMap(({ name, flags }) => flags.map(flag => fishFlag(name, flag))),
  )

export const scripts: Readonly<Record<string, Script>> = { bash, zsh, fish }

/** What may come next, as kubectl wants it: a line each, and last whether files may do as well. */
export const candidates = (commands: readonly Completed[], words: readonly string[]): string => {
  const [name = '', ...rest] = words
  const begin = words.at(-1) ?? ''
  const answer = (found: readonly string[]) =>
    lines(
      found.filter(word => word.startsWith(begin)),
      ':4',
    )
  if (words.length < 2) return answer([...commands.map(command => command.name), 'help'])
  if (name === 'help') return answer(commands.map(command => command.name))
  const flags = commands.find(command => command.name === name)?.flags ?? []
  const last = rest.at(-2) ?? ''
  const before = flags.find(flag => wordsOf([flag]).includes(last))
  if (before === undefined || before.argument === '') return answer([...wordsOf(flags), '--help'])
  return isFile(before) ? ':0\n' : answer(before.choices)
}
