// The yardstick: an HTTPS server that parses the body and answers a fixed 6 KB, and does nothing else.
// node bench/bare.ts CERTIFICATE KEY
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import process from 'node:process'

const answer = JSON.stringify({ filler: 'x'.repeat(6 * 1024) })
const [cert, key] = process.argv.slice(2).map(file => readFileSync(file, 'utf8'))
const options = {
  ...(cert && { cert }),
  ...(key && { key }),
  minVersion: 'TLSv1.3',
  keepAliveTimeout: 100_000,
} as const
const server = createServer(options, (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString('utf8'))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) })
    response.end(answer)
  })
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ msg: 'listening', address: `127.0.0.1:${port}` })}\n`)
})
