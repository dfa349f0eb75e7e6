// node scripts/remember-code.ts: lays V8's code of this machine and this Node beside a bundle that has been made elsewhere.
import { rememberCode } from './code-cache.ts'

await rememberCode()
