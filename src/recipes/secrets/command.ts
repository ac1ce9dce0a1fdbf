import { parse } from "dotenv";
import { type Callable, type Secret, secret } from "../../index.ts";
import { ask, createSource, flatten, parseJson, type SecretSource } from "./source.ts";

/**
 * What a command of this machine prints, without the newline at its end. It may print several secrets: with `gives`, as JSON or as lines `KEY=value`.
 * @param line for `sh`, or a program with its arguments, each as it is
 * @throws UsageError when it is read and the command fails, with what it said on stderr
 * @example
 * env.set({ sudoPassword: command("op read op://production/sudo/password") });
 * const all = command(["doppler", "secrets", "download", "--no-file"], { gives: "json" });
 */
export function command(line: string | readonly string[], options: { readonly gives: "json" | "dotenv" }): SecretSource;
export function command(line: string | readonly string[], options?: { readonly gives?: undefined }): Callable<Secret>;
export function command(
  line: string | readonly string[],
  { gives }: { readonly gives?: "json" | "dotenv" | undefined } = {},
): SecretSource | Callable<Secret> {
  const [program = "", ...args] = typeof line === "string" ? ["/bin/sh", "-c", line] : line;
  const shown = typeof line === "string" ? line : line.join(" ");
  const read = (): Promise<string> => ask(program, args, shown);
  if (gives === undefined) return secret(async () => (await read()).replace(/\r?\n$/, ""));
  return createSource(`what \`${shown}\` prints`, async () => {
    const text = await read();
    return gives === "json" ? flatten(parseJson(text, `\`${shown}\``)) : new Map(Object.entries(parse(text)));
  });
}
