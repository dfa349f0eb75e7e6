import { spawnSync } from 'node:child_process'
import t from 'tap'
import { candidates, type Completed, scripts } from '../../src/cli/completion-scripts.ts'

const flag = { description: `it's [a] "flag": $(x)`, argument: '', choices: [] }
const commands: readonly Completed[] = [
  {
    name: 'inject',
    doc: `what's done`,
    flags: [
      { ...flag, long: '--file', short: '-f', argument: 'file' },
      { ...flag, long: '--output', short: '-o', argument: 'format', choices: ['yaml', 'json'] },
      { ...flag, long: '--namespace', argument: 'name' },
      { ...flag, long: '--diff' },
    ],
  },
  { name: 'login', doc: 'of pods', flags: [] },
]

t.test('bash completes commands, flags, their values, and else files', async t => {
  const bash = (...words: readonly string[]) => {
    const script = `${scripts['bash']?.(commands)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _podvault; echo "\${COMPREPLY[*]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', 'podvault', ...words], { encoding: 'utf8' })
    t.equal(stderr, '')
    return stdout.trim()
  }
  t.equal(bash(''), 'inject login help')
  t.equal(bash('in'), 'inject')
  t.equal(bash('help', 'lo'), 'login')
  t.equal(bash('inject', '--'), '--file --output --namespace --diff --help')
  t.equal(bash('inject', '-o', ''), 'yaml json')
  t.equal(bash('inject', '--output', 'j'), 'json')
  t.equal(bash('inject', '--file', ''), '', 'bash completes files by itself')
  t.equal(bash('login', ''), '')
})

t.test('zsh gets one word for each flag, with nothing left that it would read', async t => {
  const script = String(scripts['zsh']?.(commands))
  t.match(script, /^#compdef podvault\n/)
  t.match(script, String.raw`commands=('inject:what'\''s done' 'login:of pods')`)
  t.match(script, String.raw`'*--output[it'\''s \[a\] "flag"\: $(x)]:format:(yaml json)'`)
  t.match(script, String.raw`'*-f[it'\''s \[a\] "flag"\: $(x)]:file:_files'`)
  t.match(script, String.raw`'*--namespace[it'\''s \[a\] "flag"\: $(x)]:name: '`)
  t.match(script, String.raw`'*--diff[it'\''s \[a\] "flag"\: $(x)]'`)
  t.notMatch(script, /login\) _arguments/)
})

t.test('fish gets a line for each command and each flag', async t => {
  const lines = String(scripts['fish']?.(commands)).split('\n')
  const begin = `complete -c podvault -n '__fish_seen_subcommand_from inject' -l`
  const doc = String.raw`-d 'it'\''s [a] "flag": $(x)'`
  for (const line of [
    String.raw`complete -c podvault -n __fish_use_subcommand -f -a inject -d 'what'\''s done'`,
    `${begin} file -s f -r -F ${doc}`,
    `${begin} output -s o -x -a 'yaml json' ${doc}`,
    `${begin} namespace -x ${doc}`,
    `${begin} diff -f ${doc}`,
  ])
    t.ok(lines.includes(line), `${line}\n${lines.join('\n')}`)
})

t.test('kubectl is answered line by line, and told last whether files will do', async t => {
  const answer = (...words: readonly string[]) => candidates(commands, words).trim().split('\n')
  t.same(answer(), ['inject', 'login', 'help', ':4'])
  t.same(answer('in'), ['inject', ':4'])
  t.same(answer('help', ''), ['inject', 'login', ':4'])
  t.same(answer('inject', '--d'), ['--diff', ':4'])
  t.same(answer('inject', '--diff', '--o'), ['--output', ':4'])
  t.same(answer('inject', '-o', 'y'), ['yaml', ':4'])
  t.same(answer('inject', '--file', 'x'), [':0'])
  t.same(answer('inject', '--namespace', ''), [':4'])
  t.same(answer('nothing', ''), ['--help', ':4'])
})
