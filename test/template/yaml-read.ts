import t from 'tap'
import { yamlIsRead } from '../fixtures/yaml-reading.ts'

yamlIsRead(t)
