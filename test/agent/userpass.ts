import t from 'tap'
import { parseUserpass } from '../../src/agent/userpass.ts'
import { sentence } from '../../src/errors.ts'

const bob = { username: 'team_bob', password: 'p w' }
const parse = (text: string) => parseUserpass(text, '/podvault/auth/login')

t.test('the Secret of vaultconf is read as it is', async t => {
  t.strictSame(parse('{"username":"team_bob","password":"p w","method":"userpass"}'), bob)
  t.strictSame(parse(' {"username":"team_bob","password":"p w"}\n'), bob)
})

t.test('so are lines of name: value, however they are quoted', async t => {
  for (const text of [
    'method: userpass\nusername: team_bob\npassword: p w\n',
    '---\r\n# a comment\r\nusername: team_bob # his name\r\npassword: "p w" # his\r\n\r\n',
    "username: 'team_bob'\npassword: 'p w'   # his\n",
    String.raw`username: "team_bob"${'\n'}password: "p\u0020w"`,
  ])
    t.strictSame(parse(text), bob, text)
  t.equal(parse("username: b\npassword: 'it''s # one'").password, "it's # one")
  t.equal(parse('username: b\npassword: a#b').password, 'a#b', 'a number sign within a word begins no comment')
})

t.test('anything else is refused by what is wrong, never by what stands there', async t => {
  for (const [text, problem] of [
    ['', 'has no username'],
    ['{', 'is neither JSON nor lines of name: value'],
    ['{"username": 7, "password": "hunter2"}', 'has no username'],
    ['{"username": "bob"}', 'has no password'],
    ['{"username": "bob", "password": ""}', 'has no password'],
    ['{"username": "hunter2/../x", "password": "p"}', 'has a username that is none'],
    ['{"method": "approle", "username": "b", "password": "hunter2"}', 'is for another method than userpass'],
    ['{"username": "bob", "password": "hunter2"', 'is neither JSON nor lines of name: value'],
    ['hunter2', 'is neither JSON nor lines of name: value'],
    ['username: bob\npassword: |\n  hunter2', 'is neither JSON nor lines of name: value'],
    ['username: bob\npassword: "hunter2', 'is neither JSON nor lines of name: value'],
    [String.raw`username: bob${'\n'}password: "hunter2\x"`, 'is neither JSON nor lines of name: value'],
    ['username: bob\npassword:', 'has no password'],
  ] as const)
    try {
      parse(text)
      t.fail(`${text} is refused`)
    } catch (error) {
      t.match(sentence(error), `the login file /podvault/auth/login ${problem}: it is JSON: {"method"`, text)
      t.notMatch(sentence(error), 'hunter2')
    }
  t.throws(() => parse('__proto__: x'), { message: /no username/ })
})
