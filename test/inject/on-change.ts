import t from 'tap'
import { allowedOnChange, readOnChange } from '../../src/inject/on-change.ts'

t.test('reads what is to be done after a change', async t => {
  t.equal(readOnChange('none'), 'none')
  t.strictSame(readOnChange('restart'), { kind: 'restart' })
  t.strictSame(readOnChange('signal:SIGUSR1'), { kind: 'signal', signal: 'SIGUSR1' })
  t.strictSame(readOnChange('http:POST http://127.0.0.1:8080/-/reload'), {
    kind: 'http',
    method: 'POST',
    url: 'http://127.0.0.1:8080/-/reload',
  })
  for (const host of ['localhost', '127.9.9.9', '[::1]:80']) t.ok(readOnChange(`http:PUT http://${host}/x?y`), host)
})

t.test('requests go nowhere but to the pod itself', async t => {
  for (const url of [
    'http://10.0.0.1/',
    'http://example.com/',
    'http://127.0.0.1.example.com/',
    'http://localhost@example.com/',
    'http://user:x@localhost/',
    'https://localhost/',
    'http://169.254.169.254/',
    'http://',
    'http://[::2]/',
  ])
    t.equal(readOnChange(`http:POST ${url}`), undefined, url)
})

t.test('whatever else is not allowed', async t => {
  for (const text of [
    '',
    'signal',
    'signal:HUP',
    'signal:SIGKILL',
    'http:http://localhost/',
    'http:DELETE http://localhost/',
    'Restart',
    'restart ',
  ])
    t.equal(readOnChange(text), undefined, text)
  t.match(allowedOnChange, /SIGUSR2/)
})
