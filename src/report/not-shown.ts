/** What a reporter left out, said with where to find it. */
export interface NotShown {
  readonly what: string;
  /** The option that shows it. */
  readonly option?: string | undefined;
  readonly logFile?: string | undefined;
}

export function describeNotShown({ what, option, logFile }: NotShown): string {
  if (logFile !== undefined) return `${what} (see ${logFile})`;
  const kept = "kept with --log-file FILE";
  return `${what} (${option === undefined ? kept : `shown with ${option}, ${kept}`})`;
}

/** `the output of 3 commands`. */
export function outputOf(commands: number): string {
  return commands === 1 ? "the output of 1 command" : `the output of ${commands} commands`;
}
