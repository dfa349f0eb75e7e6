import type { OnChange } from '../contract.ts'

/** Signals that a program may be told to read its files anew with; those that would just end it are left out. */
const signals = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGTERM', 'SIGINT', 'SIGQUIT'] as const

/** In words, for whoever wrote something else. */
export const allowedOnChange = `"none", "restart", "signal:SIGHUP" (or ${signals.slice(1).join(', ')}), or "http:POST http://127.0.0.1:8080/-/reload" (GET, POST or PUT, to this pod itself)`

/** Reads what is to be done after a change; undefined when it is not allowed. */
export const readOnChange = (text: string): OnChange | 'none' | undefined => {
  if (text === 'none') return 'none'
  if (text === 'restart') return { kind: 'restart' }
  const signal = signals.find(name => text === `signal:${name}`)
  if (signal !== undefined) return { kind: 'signal', signal }
  const [, method, url] = /^http:(GET|POST|PUT) (http:\/\/[\x21-\x7e]{1,512})$/.exec(text) ?? []
  const local = url !== undefined && isHere(URL.parse(url))
  return local ? { kind: 'http', method: method as 'GET' | 'POST' | 'PUT', url } : undefined
}

/** The containers of a pod share their loopback; everything else would be a way to send requests elsewhere. */
const isHere = (url: URL | null): boolean =>
  url !== null &&
  (url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname)) &&
  url.username + url.password === ''
