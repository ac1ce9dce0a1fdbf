/** What a reporter left out, said with where to find it. */
export interface NotShown {
  /** Undefined: nothing was left out. */
  readonly what: string | undefined;
  /** The option that shows it. */
  readonly option?: string | undefined;
  readonly logFile?: string | undefined;
}

export function describeNotShown({ what, option, logFile }: NotShown): string | undefined {
  if (what === undefined) return undefined;
  if (logFile !== undefined) return `${what} (see ${logFile})`;
  const kept = "kept with --log-file FILE";
  return `${what} (${option === undefined ? kept : `shown with ${option}, ${kept}`})`;
}

/** `the output of 3 commands and 1 debug message`; undefined when nothing is missing. */
export function describeMissing(commands: number, messages = 0): string | undefined {
  const parts = [
    ...(commands === 0 ? [] : [`the output of ${commands} ${commands === 1 ? "command" : "commands"}`]),
    ...(messages === 0 ? [] : [`${messages} debug ${messages === 1 ? "message" : "messages"}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(" and ");
}
