/** The labels of a namespace that asks Holdfast for everything. */
export const optIn = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }
