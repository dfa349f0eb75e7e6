// PURE: bytes as files hold them, in a string that knows how to become them again.
import { isUtf8 } from 'node:buffer'
import type { Content } from './values.ts'

/** Text where they are text; else a character for each of them. */
export const contentOf = (bytes: Buffer): Pick<Content, 'content' | 'encoding'> =>
  isUtf8(bytes) ? { content: bytes.toString('utf8') } : { content: bytes.toString('latin1'), encoding: 'latin1' }
