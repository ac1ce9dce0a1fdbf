/** A terminal for one command, from script(1): Node has none of its own. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { quote } from "../../command/quote.ts";
import { FakeError } from "../../errors.ts";
import { PTY_LOADER_SCRIPT } from "../framing/script.ts";

const run = promisify(execFile);

/**
 * What to spawn so that `shell` runs PTY_LOADER_SCRIPT on a terminal.
 * @throws FakeError `PTY_UNAVAILABLE` where there is no script(1) of util-linux.
 */
export async function terminalArgv(shell: readonly string[], script = "script"): Promise<readonly [string, ...string[]]> {
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
  const loader = ["exec", ...shell, "-c", PTY_LOADER_SCRIPT].map((word, index) => (index === 0 ? word : quote(word)));
  return [script, "--quiet", "--return", "--flush", "--command", loader.join(" "), "/dev/null"];
}
