import { positionsIn } from './lines.ts'

/** The text of a file, with its byte order mark; or why it has none. */
export type Decoded = { text: string } | { problem: string; line?: number }

/** Larger files are not read, in bytes. */
export const largestFile = 32 * 1024 * 1024

export const tooLarge: Decoded = { problem: 'larger than 32 MiB' }

/** Decodes the bytes of a manifest. kubectl reads UTF-8 alone, without control characters but tabs and line ends. */
export function decode(bytes: Uint8Array): Decoded {
  if (bytes.length > largestFile) return tooLarge
  if (isUtf16(bytes)) return { problem: 'UTF-16 text, as PowerShell writes it with >; save it as UTF-8' }
  if (bytes.subarray(0, sampleSize).includes(0)) return { problem: 'a binary file, not text' }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { problem: 'not UTF-8 text', line: lineOfFault(bytes) }
  }
  const control = controlCharacter.exec(text)
  if (control === null) return { text }
  const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  return { problem: `control character U+${code}`, line: positionsIn(text)(control.index).line }
}

const sampleSize = 8192

/** What go-yaml refuses in a text (readerc.go, is_printable). */
// oxlint-disable-next-line no-control-regex -- they are what it looks for
const controlCharacter = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F\uFFFE\uFFFF]/

/** By its mark, or by the zeros that Latin text has in every second byte. */
function isUtf16([first = 0, second = 0, third = 0, fourth = 0]: Uint8Array): boolean {
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true
  return (first === 0) !== (second === 0) && (third === 0) !== (fourth === 0) && (first === 0) === (third === 0)
}

/** The line in which the first byte is that UTF-8 does not have there: the text before it is whole. */
function lineOfFault(bytes: Uint8Array): number {
  const lenient = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const encoder = new TextEncoder()
  let line = 1
  let at = 0
  for (const text of lenient.split('\n')) {
    const encoded = encoder.encode(`${text}\n`)
    if (encoded.some((byte, index) => index < encoded.length - 1 && bytes[at + index] !== byte)) return line
    at += encoded.length
    line++
  }
  return line
}
