import t from 'tap'
import { goJson, goMap } from '../../src/agent/go-format.ts'
import { parseJson } from '../../src/vault/json.ts'

// Printed by Go 1.26: text/template, encoding/json with UseNumber, and toJSON as consul-template has it.
const table: readonly (readonly [json: string, map: string, toJson: string])[] = [
  ['{"b":"x","a":1}', 'a: 1\nb: x\n', '{"a":1,"b":"x"}'],
  [
    '{"data":{"b":"x y","a":"1"},"metadata":{"created_time":"2026-01-01T00:00:00.5Z","custom_metadata":null,"deletion_time":"","destroyed":false,"version":3}}',
    'data: map[a:1 b:x y]\nmetadata: map[created_time:2026-01-01T00:00:00.5Z custom_metadata:<nil> deletion_time: destroyed:false version:3]\n',
    '{"data":{"a":"1","b":"x y"},"metadata":{"created_time":"2026-01-01T00:00:00.5Z","custom_metadata":null,"deletion_time":"","destroyed":false,"version":3}}',
  ],
  [
    '{"n":null,"t":true,"f":false,"l":["a",null,1.10,{"z":1,"y":[]}],"m":{"b":{},"a":[]}}',
    'f: false\nl: [a <nil> 1.10 map[y:[] z:1]]\nm: map[a:[] b:map[]]\nn: <no value>\nt: true\n',
    '{"f":false,"l":["a",null,1.10,{"y":[],"z":1}],"m":{"a":[],"b":{}},"n":null,"t":true}',
  ],
  [
    '{"big":12345678901234567890,"e":1e3,"E":1E+3,"neg":-0,"f":1.10}',
    'E: 1E+3\nbig: 12345678901234567890\ne: 1e3\nf: 1.10\nneg: -0\n',
    '{"E":1E+3,"big":12345678901234567890,"e":1e3,"f":1.10,"neg":-0}',
  ],
  [
    String.raw`{"h":"<a href=\"x\">&'\u2028\u2029\u007f\u0000\b\f\n\r\t\u001f\\ä😀","s":"\ud800"}`,
    'h: <a href="x">&\'\u2028\u2029\u007F\0\b\f\n\r\t\u001F\\ä😀\ns: \uFFFD\n',
    '{"h":"\\u003ca href=\\"x\\"\\u003e\\u0026\'\\u2028\\u2029\u007F\\u0000\\b\\f\\n\\r\\t\\u001f\\\\ä😀","s":"\uFFFD"}',
  ],
  [
    '{"\\uffff":1,"😀":2,"ä":3,"Z":4,"a":5,"":6}',
    ': 6\nZ: 4\na: 5\nä: 3\n\uFFFF: 1\n😀: 2\n',
    '{"":6,"Z":4,"a":5,"ä":3,"\uFFFF":1,"😀":2}',
  ],
  ['{}', '', '{}'],
  [
    '{"o":{"😀":1,"\\uffff":2},"<k>":"v"}',
    '<k>: v\no: map[\uFFFF:2 😀:1]\n',
    '{"\\u003ck\\u003e":"v","o":{"\uFFFF":2,"😀":1}}',
  ],
]

t.test('what vault-k8s shows by default is shown byte for byte', async t => {
  for (const [json, map, toJson] of table) {
    const data = parseJson(json) as Readonly<Record<string, unknown>>
    t.equal(goMap(data), map, json)
    t.equal(goJson(data), toJson, json)
  }
})

t.test('a backslash before letters is no half of a surrogate pair', async t => {
  t.equal(goJson({ a: String.raw`\ud800` }), String.raw`{"a":"\\ud800"}`)
})
