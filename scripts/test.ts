import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

interface Totals {
  passed: number
  failed: number
  skipped: number
}

const tap = fileURLToPath(new URL('../node_modules/@tapjs/run/dist/esm/index.js', import.meta.url))
