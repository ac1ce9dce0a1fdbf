import { builderMembers, type CommandBuilder } from "../../src/command/builder.ts";
import type { CommandContext } from "../../src/command/command.ts";

/** A builder of commands that runs nothing. */
export function createBuilder(context: CommandContext = {}): CommandBuilder {
  return builderMembers(context, createBuilder) as CommandBuilder;
}
