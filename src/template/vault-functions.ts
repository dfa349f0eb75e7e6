import { fn, type Functions, variadic } from './callable.ts'
import { TemplateError } from './errors.ts'
import { fromVault } from './json-read.ts'
import { listRequest, pkiRequest, secretRequest } from './request.ts'
import { isDict, isList, list, nilDict, nilList, type Struct, type Value } from './value.ts'

/** The functions that ask Vault. */
export const vaultFunctions: Functions = {
  secret: variadic([], 'string', (words, run) => {
    if (words.length === 0) return null
    return run.ask(secretRequest(words), secretOf) ?? null
  }),
  secrets: fn(['string'], ([path], run) =>
    path === '' ? nilList('string') : (run.ask(listRequest(path), namesOf) ?? nilList('string')),
  ),
  pkiCert: variadic([], 'string', (words, run) => {
    if (words.length === 0) return null
    return run.ask(pkiRequest(words), pemOf) ?? null
  }),
}

const field = (value: Value, name: string): Value => (isDict(value) ? value.entries.get(name) : undefined)

const textIn = (value: Value, name: string): string => {
  const found = field(value, name)
  return typeof found === 'string' ? found : ''
}

const countIn = (value: Value, name: string): bigint => {
  const found = field(value, name)
  const text = typeof found === 'object' && found !== null && found.kind === 'json-number' ? found.text : '0'
  return /^-?[0-9]+$/.test(text) ? BigInt(text) : 0n
}

const textsIn = (value: Value, name: string): Value => {
  const found = field(value, name)
  return isList(found) && found.items.length > 0 ? { ...found, element: 'string' } : nilList('string')
}

/** An answer of Vault as consul-template's templates see it. */
const secretOf = (answer: unknown): Value => {
  if (answer === null) return { kind: 'nil-pointer', type: '*dependency.Secret' }
  const body = fromVault(answer)
  const data = field(body, 'data')
  return {
    kind: 'struct',
    type: 'dependency.Secret',
    pointer: true,
    fields: new Map<string, Value>([
      ['RequestID', textIn(body, 'request_id')],
      ['LeaseID', textIn(body, 'lease_id')],
      ['LeaseDuration', countIn(body, 'lease_duration')],
      ['Renewable', field(body, 'renewable') === true],
      ['Data', isDict(data) && data.entries.size > 0 ? data : nilDict()],
      ['Warnings', textsIn(body, 'warnings')],
      ['Auth', authOf(field(body, 'auth'))],
      ['WrapInfo', wrapOf(field(body, 'wrap_info'))],
    ]),
  }
}

const authOf = (auth: Value): Value => {
  if (!isDict(auth)) return { kind: 'nil-pointer', type: '*dependency.SecretAuth' }
  const metadata = field(auth, 'metadata')
  return {
    kind: 'struct',
    type: 'dependency.SecretAuth',
    pointer: true,
    fields: new Map<string, Value>([
      ['ClientToken', textIn(auth, 'client_token')],
      ['Accessor', textIn(auth, 'accessor')],
      ['Policies', textsIn(auth, 'policies')],
      ['Metadata', isDict(metadata) ? { ...metadata, element: 'string' } : nilDict('string')],
      ['LeaseDuration', countIn(auth, 'lease_duration')],
      ['Renewable', field(auth, 'renewable') === true],
    ]),
  }
}

const wrapOf = (wrap: Value): Value =>
  isDict(wrap)
    ? {
        kind: 'struct',
        type: 'dependency.SecretWrapInfo',
        pointer: true,
        fields: new Map<string, Value>([
          ['Token', textIn(wrap, 'token')],
          ['TTL', countIn(wrap, 'ttl')],
          ['CreationTime', textIn(wrap, 'creation_time')],
          ['WrappedAccessor', textIn(wrap, 'wrapped_accessor')],
        ]),
      }
    : { kind: 'nil-pointer', type: '*dependency.SecretWrapInfo' }

/** The names of a list, in order. */
const namesOf = (answer: unknown): Value => {
  const names = field(field(fromVault(answer), 'data'), 'keys')
  if (!isList(names)) return nilList('string')
  if (!names.items.every(name => typeof name === 'string'))
    throw new TemplateError('this list has names that are no text')
  return list(names.items.toSorted(), 'string')
}

const pem = (text: Value): string => (typeof text === 'string' && text !== '' ? `${text.trimEnd()}\n` : '')

/** A certificate as `pkiCert` gives it: PEM with a last newline; `.Data` is the same once more. */
const pemOf = (answer: unknown): Struct => {
  const data = field(fromVault(answer), 'data')
  const given = field(data, 'ca_chain')
  const chain = isList(given) && given.items.length > 0 ? given.items : [field(data, 'issuing_ca')]
  const authorities = chain.map(pem).filter(text => text !== '')
  const fields = new Map<string, Value>([
    ['Cert', pem(field(data, 'certificate'))],
    ['Key', pem(field(data, 'private_key'))],
    ['CA', authorities[0] ?? ''],
    ['CAChain', authorities.length === 0 ? nilList('string') : list(authorities, 'string')],
  ])
  const certificate = { kind: 'struct', type: 'dependency.PemEncoded', pointer: false, fields } as const
  return {
    ...certificate,
    methods: new Map([
      ['Data', fn([], () => pemOf(answer))],
      ['CaChainContains', fn(['string'], ([wanted]) => authorities.includes(wanted))],
    ]),
  }
}
