import t from 'tap'
import { readManifest } from '../../src/cli/documents.ts'
import { below, editDocument, type ManifestOperation } from '../../src/cli/edit-document.ts'

const documentOf = (text: string) => readManifest(text, 'x').documents[0]!

t.test('a patch is applied to the text, the rest stays to the byte', async t => {
  const edited = editDocument(documentOf('a:   1 # one\nb: {c: 2}\nd:\n- x\n'), 'x', [
    { op: 'add', path: '/b/e~1f~0', value: [3] },
    { op: 'remove', path: '/a' },
    { op: 'replace', path: '/d', value: null },
    { op: 'replace', path: '/b/c', value: true },
  ])
  t.equal(edited.text, 'b: {c: true, "e/f~": [3]}\nd:\n')
  t.same(edited.value, { b: { c: true, 'e/f~': [3] }, d: null })
})

t.test('no operation is no change', async t => {
  const document = documentOf('a: 1\n')
  t.equal(editDocument(document, 'x', []), document)
})

t.test('operations on a pod are operations on what holds it', async t => {
  t.same(below(['items', 0, 'spec'], [{ op: 'remove', path: '/x' }]), [{ op: 'remove', path: '/items/0/spec/x' }])
})

t.test('what is not understood is an error, never a wrong document', async t => {
  const wrong: ManifestOperation = { op: 'add', path: '/a/0/c', value: 1 }
  t.throws(() => editDocument(documentOf('a: [b: 2]\n'), 'x.yaml', [wrong]), {
    code: 'failed',
    message: 'x.yaml cannot be edited: its aliases or its layout are not understood',
    hint: /without anchors/,
  })
  t.throws(() => editDocument(documentOf('a: 1\n'), 'x.yaml', [{ op: 'remove', path: '/b' }]), { code: 'failed' })
})
