import { flag, type Kind, oneOf } from '../inject/kinds.ts'
import { duplicateBehaviours } from './environment.ts'
import { type FlagSetting } from './layered-flags.ts'

const setting = <T>(parts: FlagSetting<T>): FlagSetting<T> => parts

const count = (allowed: string): Kind<number> => ({
  allowed,
  read: text => (/^\d{1,6}$/.test(text) ? Number(text) : undefined),
})

/** How Vault is asked. */
export const patienceFlags = {
  'retry-base-delay-milliseconds': setting({
    ...count('milliseconds, as 40'),
    argument: 'ms',
    env: ['VAULTENV_RETRY_BASE_DELAY', 'VAULTENV_RETRY_BASE_DELAY_MS'],
    doc: 'before the first retry, twice as long before each further one; 40 when nothing is said',
  }),
  'retry-attempts': setting({
    ...count('a number, as 9'),
    argument: 'number',
    env: ['VAULTENV_RETRY_ATTEMPTS'],
    doc: 'how often to ask again what may pass by itself; 9 when nothing is said',
  }),
  'max-concurrent-requests': setting({
    ...count('a number, as 8; 0 for no limit'),
    argument: 'number',
    env: ['VAULTENV_MAX_CONCURRENT_REQUESTS'],
    doc: 'reads at once, 0 for no limit; 8 when nothing is said',
  }),
} as const

/** What the command gets. */
export const execFlags = {
  'inherit-env': setting({ ...flag, env: ['VAULTENV_INHERIT_ENV'], doc: 'hand over the environment; so by default' }),
  'inherit-env-blacklist': setting({
    allowed: 'names, separated by commas',
    read: text =>
      text
        .split(',')
        .map(name => name.trim())
        .filter(Boolean),
    argument: 'names',
    env: ['VAULTENV_INHERIT_ENV_BLACKLIST'],
    doc: 'variables of it to leave out, separated by commas',
  }),
  'duplicate-variable-behavior': setting({
    ...oneOf(...duplicateBehaviours),
    argument: 'behavior',
    env: ['VAULTENV_DUPLICATE_VARIABLE_BEHAVIOR'],
    doc: "a variable that is given twice is an error, or keeps the environment's value, or is overwritten by the secret's; an error when nothing is said",
  }),
  'use-path': setting({ ...flag, env: ['VAULTENV_USE_PATH'], doc: 'look for the command on the PATH; so by default' }),
  'log-level': setting({
    ...oneOf('error', 'info'),
    argument: 'level',
    env: ['VAULTENV_LOG_LEVEL'],
    doc: 'info says on stderr what is done; error when nothing is said',
  }),
} as const
