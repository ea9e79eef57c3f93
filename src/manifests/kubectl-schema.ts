import { Scalar, Schema, type ScalarTag } from 'yaml'
import { addMerged } from './merge-key.ts'

/**
 * Reads scalars as kubectl does. kubectl reads by go.yaml.in/yaml/v2 (resolve.go), which follows neither YAML 1.1 nor 1.2: `0644` is 420,
 * `yes` is true, `1:30` and `2020-01-01` are strings. Keys may appear twice, and the last one counts.
 */
export function kubectlSchema(): Schema {
  return (schema ??= new Schema({
    schema: 'failsafe',
    customTags: [...plainTags, floatTag, mergeTag, writtenMergeTag]
  }))
}

/** The value of a scalar without quotes, which is a string where it looks like nothing else. */
export function plainValue(text: string): unknown {
  const tag = plainTags.find(({ test }) => test.test(text))
  return tag === undefined ? text : tag.resolve(text)
}

/** Made on first use: most commands read no manifests. */
let schema: Schema | undefined

/** What a scalar without quotes may look like. */
interface PlainTag extends ScalarTag {
  test: RegExp
  resolve: (text: string) => unknown
}

const nullTag: PlainTag = {
  tag: 'tag:yaml.org,2002:null',
  default: true,
  test: /^(?:~|[Nn]ull|NULL)?$/,
  resolve: () => null
}

const boolTag: PlainTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:[yYnN]|[Yy]es|YES|[Nn]o|NO|[Tt]rue|TRUE|[Ff]alse|FALSE|[Oo]n|ON|[Oo]ff|OFF)$/,
  resolve: (text) => /^(?:[yYtT]|[oO][nN])/.test(text)
}

/** What looks like a number, and stays a string where it is none. */
const numberTag: PlainTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+.0-9]/,
  resolve: (text) => numberOf(text) ?? text
}

const plainTags = [nullTag, boolTag, numberTag]

const floatTag: ScalarTag = { tag: 'tag:yaml.org,2002:float', resolve: (text) => numberOf(text) ?? text }

/** The value is a symbol, by which a key that merges is known; kubectl takes the tag from any other text. */
const writtenMergeTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:merge',
  resolve: (text) => (text === '<<' ? Object.assign(new Scalar(Symbol('<<')), { addToJSMap: addMerged }) : text)
}

/** Of a name of its own: by the usual one the package would merge `!!str <<` as well, which is a key like others. */
const mergeTag: ScalarTag = { ...writtenMergeTag, tag: 'merge', default: 'key', test: /^<<$/ }

const integer = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const timestamp = /^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt ])/

function numberOf(text: string): number | undefined {
  if (text.startsWith('.')) return floatOf(text)
  if (timestamp.test(text)) return undefined
  const plain = text.replaceAll('_', '')
  return integerOf(plain) ?? floatOf(plain)
}

/** As strconv.ParseInt and ParseUint do with base 0; numbers of more than 64 bits are floats. */
function integerOf(text: string): number | undefined {
  const [, sign, hexadecimal, binary, octal, decimal] = integer.exec(text) ?? []
  const digits = hexadecimal ?? binary ?? octal ?? decimal
  if (digits === undefined || digits.length > 64) return undefined
  const prefix = hexadecimal ? '0x' : binary ? '0b' : octal ? '0o' : ''
  const size = BigInt(prefix + digits)
  const value = sign === '-' ? -size : size
  return value > 2n ** 64n - 1n || value < -(2n ** 63n) ? undefined : Number(value)
}

function floatOf(text: string): number | undefined {
  const value = float.test(text) ? Number(text) : NaN
  return Number.isFinite(value) ? value : undefined
}
