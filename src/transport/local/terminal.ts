/** A terminal for one command, from script(1): Node has none of its own. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { quote } from "../../command/quote.ts";
import { FakeError } from "../../errors.ts";
import type { TerminalSize } from "../channel.ts";
import { startText } from "../framing/start-text.ts";

const run = promisify(execFile);

export interface TerminalProgram extends TerminalSize {
  readonly shell: readonly string[];
  readonly marker: string;
  /** script(1). @default "script" */
  readonly script?: string | undefined;
}

/**
 * What to spawn so that `shell` runs a loader on a terminal.
 * @throws FakeError `PTY_UNAVAILABLE` where there is no script(1) of util-linux.
 */
export async function terminalArgv(program: TerminalProgram): Promise<readonly [string, ...string[]]> {
  const { shell, marker, script = "script", columns, rows } = program;
  const known = await run(script, ["--version"]).then(
    ({ stdout }) => stdout.includes("util-linux"),
    () => false,
  );
  if (!known) {
    throw new FakeError(
      "PTY_UNAVAILABLE",
      "This machine cannot give a command a terminal: there is no script(1) of util-linux.",
      {
        hint: "Run the command without `pty`, or install util-linux (bsdutils on Debian).",
      },
    );
  }
  const loader = [...shell, "-c", startText("terminal", marker)].map(quote).join(" ");
  const command = `stty rows ${Math.trunc(rows)} cols ${Math.trunc(columns)}; exec ${loader}`;
  return [script, "--quiet", "--return", "--flush", "--command", command, "/dev/null"];
}
