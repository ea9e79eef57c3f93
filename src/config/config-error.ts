/** What is wrong with the configuration or the command line: everything at once, a line each. Without imports, as `main.ts` loads it. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}
