/** Something that went wrong and was got over, or will be. */
export interface Problem {
  path: string
  /** Reading the list, the watch or one object of them, a handler of the store, or keeping the first object that there is no room for. */
  in: 'list' | 'watch' | 'object' | 'handler' | 'room'
  error?: unknown
  /** Of an object that is left out. */
  key?: string
  /** When it is tried again. */
  nextMs?: number
}
