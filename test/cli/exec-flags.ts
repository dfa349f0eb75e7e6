import t from 'tap'
import { execFlags, patienceFlags } from '../../src/cli/exec-flags.ts'

t.test('numbers are numbers, names are separated by commas', async t => {
  const { read } = patienceFlags['retry-attempts']
  t.equal(read('0'), 0)
  t.equal(read('9'), 9)
  for (const text of ['', '-1', '1.5', 'x', '1e3', '9999999']) t.equal(read(text), undefined, text)
  t.strictSame(execFlags['inherit-env-blacklist'].read('A, B,,C '), ['A', 'B', 'C'])
})

t.test('variables are those of vaultenv', async t => {
  const variables = Object.values({ ...execFlags, ...patienceFlags }).flatMap(({ env }) => env)
  t.strictSame(variables.sort(), [
    'VAULTENV_DUPLICATE_VARIABLE_BEHAVIOR',
    'VAULTENV_INHERIT_ENV',
    'VAULTENV_INHERIT_ENV_BLACKLIST',
    'VAULTENV_LOG_LEVEL',
    'VAULTENV_MAX_CONCURRENT_REQUESTS',
    'VAULTENV_RETRY_ATTEMPTS',
    'VAULTENV_RETRY_BASE_DELAY',
    'VAULTENV_RETRY_BASE_DELAY_MS',
    'VAULTENV_USE_PATH',
  ])
})
