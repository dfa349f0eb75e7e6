import t from 'tap'
import { file, imageName, listenAt, objectName, url, versionOf, words } from '../../src/webhook/setting-kinds.ts'

t.test('a place to listen at', async t => {
  t.same(listenAt(':9443'), { port: 9443 })
  t.same(listenAt('127.0.0.1:0'), { host: '127.0.0.1', port: 0 })
  t.same(listenAt('[::1]:9443'), { host: '::1', port: 9443 })
  t.same(listenAt('localhost:65535'), { host: 'localhost', port: 65535 })
  for (const wrong of ['9443', '', 'localhost', '::1:9443', ':65536', ':x', 'a b:1', 'http://x:1'])
    t.equal(listenAt(wrong), undefined, wrong)
})

t.test('a version of Kubernetes, as people and API servers write it', async t => {
  for (const text of ['1.36', 'v1.36', '1.36.2', 'v1.36.1+k3s1', '1.36-gke.7'])
    t.same(versionOf(text), { major: 1, minor: 36 }, text)
  for (const wrong of ['1', 'latest', '1.x', '1.36x', '']) t.equal(versionOf(wrong), undefined, wrong)
})

t.test('images and files, as they are written', async t => {
  t.equal(imageName.read('example.com/podvault:1@sha256:abc'), 'example.com/podvault:1@sha256:abc')
  t.equal(imageName.read('two words'), undefined)
  t.equal(file('/etc/podvault/config.yaml'), '/etc/podvault/config.yaml')
})

t.test('names of objects', async t => {
  for (const name of ['podvault-ca', 'a', 'a.b-c']) t.equal(objectName.read(name), name)
  for (const name of ['', 'A', 'a/b', '-a', 'a-', 'a'.repeat(254), 'a b']) t.equal(objectName.read(name), undefined)
})

t.test('words behind commas', async t => {
  t.same(words.read('a, system:serviceaccount:x:y'), ['a', 'system:serviceaccount:x:y'])
  for (const wrong of ['', 'a,', 'a b', 'ä']) t.equal(words.read(wrong), undefined, wrong)
})

t.test('URLs, without what would be a password', async t => {
  for (const text of ['http://collector:4318/v1/traces', 'https://[::1]/x?y=z']) t.equal(url.read(text), text)
  t.equal(url.read('http://a'), 'http://a/')
  for (const wrong of [
    '',
    'collector:4318',
    'ftp://a',
    'http://',
    'http://me@a',
    'http://:secret@a',
    'http://a b',
    'https://:',
  ])
    t.equal(url.read(wrong), undefined, wrong)
})
