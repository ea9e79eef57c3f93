import { baseName } from './base-name.ts'

/** The parts of a reference to an image that tell one image from the next. */
export interface ImageReference {
  /** `1.25`; undefined where none is written: then it is `latest`. */
  tag: string | undefined
  /** `sha256:…`. It goes before the tag. */
  digest: string | undefined
}

/** A registry with its port, and the path below it. Letters of a path are small (github.com/distribution/reference). */
const name = /^(?:(?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?\/)?[a-z0-9._-]+(?:\/[a-z0-9._-]+)*$/
const tagged = /^\w[\w.-]{0,127}$/
const digested = /^[a-zA-Z0-9+._-]+:[0-9a-fA-F]{32,}$/
/** Twice what a name, a tag and a digest may have together. */
const longest = 1024

/**
 * Reads a reference as a kubelet does: `registry.example:5000/team/app:1.4@sha256:…`. Undefined for what is none, such as a placeholder
 * of a template: no kubelet would pull it.
 */
export function parseImage(text: string): ImageReference | undefined {
  if (text.length > longest) return undefined
  const { named, tag, digest } = splitImage(text)
  if (!name.test(named) || (tag !== undefined && !tagged.test(tag))) return undefined
  return digest !== undefined && !digested.test(digest) ? undefined : { tag, digest }
}

/** Cuts a text where a reference has its parts, without checking that it is one. */
export function splitImage(text: string): ImageReference & { named: string } {
  const at = text.indexOf('@')
  const digest = at < 0 ? undefined : text.slice(at + 1)
  const before = at < 0 ? text : text.slice(0, at)
  // A colon before a slash is that of a port.
  const last = baseName(before)
  const colon = last.indexOf(':')
  if (colon < 0) return { named: before, tag: undefined, digest }
  return { named: before.slice(0, colon - last.length), tag: last.slice(colon + 1), digest }
}
