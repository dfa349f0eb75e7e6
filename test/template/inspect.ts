import t from 'tap'
import { matchesGo } from '../fixtures/templates.ts'
