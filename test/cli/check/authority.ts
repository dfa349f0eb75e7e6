import t from 'tap'
import { authorityFact } from '../../../src/cli/check/authority.ts'

const installed = { namespace: 'podvault', name: 'podvault', account: 'podvault', wanted: 2, ready: 2, labels: {} }

const fact = async (answer: string | Error, flags: Readonly<Record<string, string>> = {}, tlsSecret?: string) => {
  const words: string[] = []
  const kubectl = async (args: readonly string[]) => {
    words.push(args.join(' '))
    if (answer instanceof Error) throw answer
    return answer
  }
  return {
    fact: await authorityFact(kubectl, { ...installed, ...(tlsSecret !== undefined && { tlsSecret }) }, flags),
    words,
  }
}

t.test('only the certificate is asked for, never the key beside it', async t => {
  t.same(await fact(Buffer.from('PEM').toString('base64')), {
    fact: { value: 'PEM' },
    words: [String.raw`get secret podvault-ca --namespace podvault --output jsonpath={.data.ca\.crt}`],
  })
  t.match((await fact('UEVN', { 'tls-cert-file': '/c' }, 'podvault-tls')).words, [/podvault-tls .*tls\\\.crt/])
})

t.test('what is not there, or may not be read, is said', async t => {
  t.same((await fact('')).fact, { lack: 'Secret podvault/podvault-ca has no ca.crt' })
  t.same((await fact(new Error('forbidden'))).fact, { lack: 'forbidden' })
  t.same(await fact('x', { 'tls-cert-file': '/c' }), { fact: { lack: 'no Secret holds it' }, words: [] })
  t.same(await fact('x', { 'ca-secret': '' }), { fact: { lack: 'no Secret holds it' }, words: [] })
})
