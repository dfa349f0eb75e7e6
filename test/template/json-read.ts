import t from 'tap'
import { fromVault } from '../../src/template/json-read.ts'
import { isDict } from '../../src/template/value.ts'
import { parseJson as parseVault } from '../../src/vault/json.ts'
import { matchesGo } from '../fixtures/templates.ts'

t.test('helpers comes out as it does in Go', async t => {
  matchesGo(t, 'helpers')
})

t.test('language comes out as it does in Go', async t => {
  matchesGo(t, 'language')
})

t.test('numbers of Vault keep their digits, and texts are letters', async t => {
  const value = fromVault(parseVault('{"a":1.10,"b":12345678901234567890,"c":5,"d":"\\ud800","__proto__":{"e":1e3}}'))
  t.strictSame(isDict(value) && [...value.entries.keys()], ['a', 'b', 'c', 'd', '__proto__'])
  t.strictSame(isDict(value) && value.entries.get('a'), { kind: 'json-number', text: '1.10' })
  t.strictSame(isDict(value) && value.entries.get('b'), { kind: 'json-number', text: '12345678901234567890' })
  t.strictSame(isDict(value) && value.entries.get('d'), '\ufffd')
})
