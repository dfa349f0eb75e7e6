import t from 'tap'
import { renderTemplate } from '../../src/agent/templates.ts'

t.test('a template is refused by the name of its file', async t => {
  t.throws(() => renderTemplate({ name: 'url', format: 'template' }, { a: 's3cret' }), {
    code: 'usage',
    message: 'the file url is made from a template, and this podvault renders none',
  })
})
