import { UsageError } from "../../errors.ts";
import { didYouMean } from "../../suggest.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import { completionScripts } from "../help/completion-scripts.ts";

/** Prints the script for the shell that was named, or that the user has. */
export const runCompletion: VerbFunction = async ({ words }, io) => {
  const shells = Object.keys(completionScripts);
  const [named = io.env["SHELL"]?.split("/").at(-1) ?? "", ...more] = words;
  const script = completionScripts[named as keyof typeof completionScripts] as string | undefined;
  if (script === undefined || more.length > 0) {
    const hint = didYouMean(named, shells, String) ?? `Name one: fake completion ${shells.join("|")}`;
    throw new UsageError("UNKNOWN_SHELL", `There is no completion for ${JSON.stringify([named, ...more].join(" "))}.`, { hint });
  }
  io.stdout.write(script);
  return 0;
};
