/** What the machine or its owner must change, said in a line: it is printed without a stack. */
export class StartFailure extends Error {
  override name = 'StartFailure'
}
