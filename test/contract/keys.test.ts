import t from 'tap'
import { filesBelow, textOf } from './tree.ts'

const api = 'src/engine/api.ts'
const key = /\bholdfast\.dev\/[a-z.-]*/g

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '')
}

void t.test('only the page of keys spells a key of ours', (test) => {
  const others = filesBelow('src').filter((file) => file.endsWith('.ts') && file !== api)
  const spelled = others.flatMap((file) => {
    return [...withoutComments(textOf(file)).matchAll(key)].map(([found]) => `${file} spells ${found}`)
  })
  test.strictSame(spelled, [])
  test.end()
})

void t.test('the documentation names every key', (test) => {
  const docs = [...filesBelow('docs'), 'README.md'].filter((file) => file.endsWith('.md')).map(textOf)
  const keys = new Set([...withoutComments(textOf(api)).matchAll(key)].map(([found]) => found))
  test.not(keys.size, 0)
  test.strictSame(
    [...keys].filter((name) => !docs.some((text) => text.includes(name))),
    []
  )
  test.end()
})
