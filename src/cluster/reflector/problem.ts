/** Something that went wrong and was got over, or will be. */
export interface Problem {
  path: string
  /** Reading the list, the watch or one object of them, or a handler of the store. */
  in: 'list' | 'watch' | 'object' | 'handler'
  error: unknown
  /** Of an object that is left out. */
  key?: string
  /** When it is tried again. */
  nextMs?: number
}
