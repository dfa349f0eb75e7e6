import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { kubeletLine, shellLine, textOf } from '../../src/agent/env-lines.ts'
import { parseJson } from '../../src/vault/json.ts'
import { kubeletValue } from '../fixtures/kubelet-env.ts'

t.test('numbers and structures keep their digits', async t => {
  t.equal(textOf('x'), 'x')
  t.equal(textOf(parseJson('{"x":[1.10,null,12345678901234567890]}')), '{"x":[1.10,null,12345678901234567890]}')
})

t.test('a value that fileKeyRef cannot carry is refused by its name, with the way out', async t => {
  const hint = 'set podvault.dev/env: file, or read web.json'
  const cases: readonly [string, string][] = [
    ['', 'is empty, which Kubernetes takes for missing'],
    ["s3cret'", 'has a single quote in it'],
    ['s3cret\r\n', 'has CRLF line ends, which would come out as LF'],
    ['s3cret\0', 'has a NUL byte in it'],
    ['s3cret\uD800', 'is not valid Unicode'],
    ['s'.repeat(65_536 - 4), 'has a line of more than 64 KiB'],
    ['ä'.repeat(32_766), 'has a line of more than 64 KiB'],
  ]
  for (const [value, problem] of cases)
    t.throws(
      () => kubeletLine('A', value, 'web.json'),
      { message: `the variable A ${problem}, so the env file cannot carry it`, hint },
      problem,
    )
  const fine = [
    '\r',
    'a\rb',
    '\n',
    ' ',
    '#',
    '"',
    '$x',
    '\\',
    's'.repeat(65_536 - 5),
    `${'s'.repeat(60_000)}\n`.repeat(3),
  ]
  for (const value of fine) t.equal(kubeletValue(kubeletLine('A', value, ''), 'A'), value)
})

t.test('whatever is not refused reaches the app as it is in Vault', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', "'", '"', '\n', '\r', '\0', ' ', '#', '=', '\\', '$', 'ä', '\uD800'),
  })
  const lineOf = (value: string): string | undefined => {
    try {
      return kubeletLine('V', value, '')
    } catch {
      return undefined
    }
  }
  fc.assert(
    fc.property(text, value => {
      const line = lineOf(value)
      return line === undefined || kubeletValue(line, 'V') === value
    }),
    { numRuns: 2000 },
  )
})

t.test('a shell reads back what was written for it', async t => {
  const given = { A: `it's "$HOME" \\ \`x\`\n#`, B: '', C: 'ä', D: "''", E: '\r\n' }
  const path = join(t.testdir(), 'env')
  writeFileSync(
    path,
    Object.entries(given)
      .map(([name, value]) => shellLine(name, value, ''))
      .join(''),
  )
  for (const [name, value] of Object.entries(given)) {
    const script = `. "$0"; printf '%s|' "$${name}"`
    t.equal(execFileSync('sh', ['-c', script, path], { encoding: 'utf8' }), `${value}|`, name)
  }
})

t.test('what no shell can carry is refused by its name', async t => {
  t.throws(() => shellLine('A.B', 'x', 'web.json'), {
    message: /^the variable A\.B has a name no shell knows/,
    hint: 'name it in the secrets file, as NAME=path#key, or set podvault.dev/env: none and read web.json',
  })
  for (const name of ['UID', 'RANDOM', 'OPTIND', '_'])
    t.throws(() => shellLine(name, 'x', 'web.json'), {
      message: `the variable ${name} is one that shells keep for themselves, so the env file cannot carry it`,
      hint: /^name it in the secrets file, as NAME=path#key/,
    })
  t.throws(() => shellLine('A', '\0', 'web.json'), {
    message: /NUL/,
    hint: 'set podvault.dev/env: none and read web.json',
  })
  t.throws(() => shellLine('A', '\uD800', ''), { message: /not valid Unicode/ })
})
