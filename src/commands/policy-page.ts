import { readFileSync } from 'node:fs'

/** The page of a policy, as Markdown. Bundles have the pages in them: scripts/policy-pages.ts takes the place of this file there. */
export function pageOf(policy: string): string {
  return readFileSync(new URL(`../../docs/policies/${policy}.md`, import.meta.url), 'utf8')
}
