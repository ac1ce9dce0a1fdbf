import { builderMembers, type CommandBuilder } from "../../src/command/builder.ts";
import type { CommandContext } from "../../src/command/command.ts";
import { loaderText } from "../../src/command/loader.ts";

/** A builder of commands that runs nothing. */
export function createBuilder(context: CommandContext = {}): CommandBuilder {
  return builderMembers(context, createBuilder) as CommandBuilder;
}

/** What a channel of its own executes: hands over to a POSIX shell that loads its script from standard input. */
export function loaderCommandLine(): string {
  return `exec /bin/sh -c '${loaderText("rest")}'`;
}
