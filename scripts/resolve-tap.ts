// Loaded ahead of a test file: its import of tap gets the bundle.
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

const bundle = process.env['TAP_BUNDLE']

if (bundle !== undefined) {
  const url = pathToFileURL(bundle).href
  registerHooks({
    resolve: (specifier, context, next) => {
      return specifier === 'tap' ? { url, format: 'module', shortCircuit: true } : next(specifier, context)
    }
  })
}
