import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { PodvaultError, sentence } from '../errors.ts'
import { address, type Kind, oneOf, word } from '../inject/kinds.ts'
import { quote } from '../inject/quote.ts'
import { parseConfigFile } from '../webhook/config-file.ts'
import { imageName } from '../webhook/setting-kinds.ts'
import { readVaultCa } from '../webhook/vault-ca.ts'
import type { Values } from './chart.ts'

/** One of the chart's values as a flag: what it takes, and what becomes of its text. */
type InstallFlag = {
  readonly argument: string
  readonly doc: string
  readonly kind: Kind<unknown>
  /** @throws PodvaultError `usage` */
  readonly values: (text: string) => Values
}

const flag = (argument: string, doc: string, kind: Kind<unknown>, values: InstallFlag['values']): InstallFlag => ({
  argument,
  doc,
  kind,
  values,
})

const file: Kind<string> = { allowed: 'a file', read: text => (text === '' ? undefined : text) }

const replicas: Kind<number> = {
  allowed: 'a whole number from 1 to 99',
  read: text => (/^[1-9]\d?$/.test(text) ? Number(text) : undefined),
}

const choice = (values: readonly string[]): Kind<string> => oneOf(...values)

/** The chart's main values. The only place such a flag is declared; values.yaml describes the values themselves. */
export const installFlags = {
  image: flag('image', 'of the webhook and of the containers that it injects', imageName, image => ({ image })),
  config: flag('file', "the operator's file; a copy of it becomes the ConfigMap podvault", file, path => ({
    config: configIn(path),
  })),
  'vault-address': flag('url', 'address of Vault, as pods reach it', address, text => ({
    config: { 'vault-address': text },
  })),
  'vault-ca-file': flag('file', "certificates in PEM that pods verify Vault's with", file, path => ({
    vaultCA: readVaultCa(readText(path), path),
  })),
  replicas: flag('number', 'of the webhook', replicas, text => ({ replicas: Number(text) })),
  certificates: flag(
    'source',
    "where the webhook's certificate comes from: self-managed, cert-manager or files",
    choice(['self-managed', 'cert-manager', 'files']),
    certificates => ({ certificates }),
  ),
  'tls-secret': flag('name', 'the Secret with that certificate', word('podvault-tls'), tlsSecret => ({ tlsSecret })),
  'ca-file': flag('file', 'whoever signed that certificate, in PEM: for --certificates files', file, path => ({
    caBundle: Buffer.from(authorityIn(path)).toString('base64'),
  })),
  'failure-policy': flag(
    'policy',
    'what becomes of pods that ask for secrets while podvault is away: Fail or Ignore',
    choice(['Fail', 'Ignore']),
    failurePolicy => ({ failurePolicy }),
  ),
  policy: flag(
    'action',
    'what the API server does with a pod that asks and was not injected: deny, warn or off',
    choice(['deny', 'warn', 'off']),
    policy => ({ policy }),
  ),
} as const satisfies Readonly<Record<string, InstallFlag>>

export type InstallFlagName = keyof typeof installFlags

/**
 * The chart's values that the flags say.
 * @throws PodvaultError `usage` naming the flag, its value and what is allowed
 */
export const installValues = (given: Readonly<Partial<Record<InstallFlagName, string>>>): Values =>
  (Object.keys(installFlags) as readonly InstallFlagName[])
    .flatMap(name => {
      const text = given[name]
      return text === undefined ? [] : [valuesOf(name, text)]
    })
    .reduce((all, each) => ({ ...all, ...each, ...bothConfigs(all, each) }), {})

/** --vault-address beats the file of --config, of which all else holds. */
const bothConfigs = (all: Values, { config }: Values): Values =>
  config === undefined ? {} : { config: { ...(all['config'] as object | undefined), ...(config as object) } }

const valuesOf = (name: InstallFlagName, text: string): Values => {
  const { kind, values }: InstallFlag = installFlags[name]
  if (kind.read(text) === undefined)
    throw new PodvaultError('usage', `--${name} is ${quote(text)}; allowed: ${kind.allowed}`)
  return values(text)
}

/** The API server takes it as it is. */
const authorityIn = (path: string): string => {
  const pem = readText(path)
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new PodvaultError('usage', `${path} holds no certificate in PEM`)
  return pem
}

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new PodvaultError('usage', `${path} cannot be read: ${sentence(cause)}`, { cause })
  }
}

/** Checked as the webhook does it at its start: whatever could be taken for a number is text. */
const configIn = (path: string): Values => {
  const text = readText(path)
  parseConfigFile(text, path)
  return (parse(text) ?? {}) as Values
}
